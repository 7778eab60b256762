"""督办单: the papers by which the office presses for what is late, from the reminder to the talk with a unit's head."""
