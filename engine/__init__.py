"""All rules and all data of supervision. No HTTP, no sending: those live in webapp and notifications."""
