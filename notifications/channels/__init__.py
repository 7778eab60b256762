"""The ways by which news reach people. Network input and output happens only here."""
