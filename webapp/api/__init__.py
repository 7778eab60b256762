"""The API under /api/v1: the same verbs as the pages, for machines with a bearer token.

Each module offers one `blueprint` (of the class below); views return rows that their schema dumps. Cookies
are never accepted here, so no CSRF token is needed.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any

import flask_smorest
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from webapp import keyset
from webapp.plain_input import JsonParser
from webapp.schemas.problem import ProblemSchema

PREFIX = "/api/v1"


def bytes_of(media_type: str) -> dict[str, Any]:
    """The response of a view that sends a file."""
    return {"content_type": media_type, "schema": {"type": "string", "format": "binary"}}


#: Of a file that somebody handed in: never shown inside our own pages.
BYTES = bytes_of("application/octet-stream")


class ApiBlueprint(flask_smorest.Blueprint):
    """`ApiBlueprint("work_items", "/work-items", "One sentence.")`; paging stands in the body."""

    PAGINATION_HEADER_NAME = None
    ARGUMENTS_PARSER = JsonParser()

    def __init__(self, name: str, path: str, description: str) -> None:
        super().__init__(f"api_{name}", __name__, url_prefix=PREFIX + path, description=description)


class Api(flask_smorest.Api):
    """flask-smorest with problem details instead of its own error bodies."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Registered by flask-smorest for the whole application, pages included."""
        from webapp.errors import http_error

        return http_error(error)


def id_after(asked: dict[str, Any]) -> int | None:
    """The `after` of a list that is paged by id."""
    return keyset.number(asked["after"])


def page_by_id(rows: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The body of a page of such a list."""
    return {"items": rows, "next": str(rows[-1].id) if len(rows) == asked["limit"] else None}


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Register every module of this package and keep the Api for the documents."""
    app.config.update(
        API_TITLE="Duban 督办", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None
    )
    api = Api(app)
    app.extensions["duban.api"] = api
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        blueprint: Any = importlib.import_module(f"{__name__}.{name}").blueprint
        csrf.exempt(blueprint)
        if isinstance(blueprint, ApiBlueprint):
            api.register_blueprint(blueprint)
        else:
            app.register_blueprint(blueprint)
