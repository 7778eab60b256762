"""Import every module below the web, so that all tables, relations, handlers and topics are registered."""

import importlib
import pkgutil
from functools import cache

import engine
import notifications


@cache
def load_engine() -> None:
    """Once per process, before anything is asked of the database."""
    for package in (engine, notifications):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
