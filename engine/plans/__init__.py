"""Plans: from the bytes of a published document to a confirmed plan.

`parsing` reads a document into a `PlanDraft` and knows no database; everything that a person confirms
is built on that draft by the other files of this package.
"""
