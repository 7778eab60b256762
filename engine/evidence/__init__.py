"""What units hand in: submissions in rounds, signed off by the head of the unit, with their files 佐证材料."""
