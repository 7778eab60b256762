"""催办: a person of the lead unit or of the office presses a unit about a work item, and it stays on record what followed.

Not the reminders that deadlines send by themselves (engine/deadlines), nor papers (engine/notices).
"""
