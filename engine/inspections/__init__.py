"""Inspection 抽查: a public, repeatable lot over a campaign's work items, checks on site, findings, rectification.

What an inspected unit owed before (obligations, evidence, reviews) is not known here beyond the work item's state.
"""
