"""The demo: an invented city, a plan document of its own, and months of history made by the real verbs.

Nothing here is used outside `duban demo`.
"""

from webapp.demo.build import announcement, prepare, settings

__all__ = ["announcement", "prepare", "settings"]
