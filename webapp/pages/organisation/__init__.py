"""The directory: the tree of units, people in their posts with their accounts, and groups of units.

Everyone in a post reads it. The system administrator keeps units, people, groups and accounts; the security
administrator appoints and dismisses (三权分立).
"""

from webapp.pages.organisation import groups, people, units
from webapp.pages.organisation.part import blueprint

__all__ = ["blueprint", "groups", "people", "units"]
