"""延期: a unit asks for a later date; its head signs, the office decides, the leader where it weighs more.

No application moves or stops a date: only its approval does, through deadlines.
"""
