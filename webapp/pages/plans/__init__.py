"""Plan import: a document goes in, its reading stands beside it, a person settles what is open and confirms."""

from webapp.pages.plans import breakdown, changes, intake, page, readings, reshaping
from webapp.pages.plans.part import blueprint

__all__ = ["blueprint", "breakdown", "changes", "intake", "page", "readings", "reshaping"]
