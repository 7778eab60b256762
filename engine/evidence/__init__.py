"""What units hand in: submissions in rounds with their files 佐证材料, signed off by the unit's head."""
