"""Inspection 抽查: a public, repeatable lot over a campaign's work items, checks on site, rectification.

What an inspected unit owed before (obligations, evidence, reviews) is not known here beyond the item's state.
"""
