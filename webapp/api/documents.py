"""The API's own description: OpenAPI 3.1 as JSON, and the same as a page, without foreign scripts."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.auth import is_public, public
from webapp.idempotency import HEADER, WRITING, is_keyless

blueprint = Blueprint("api_documents", __name__, url_prefix="/api")


@blueprint.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    return jsonify(specification())


@blueprint.get("/docs")
@public
def docs() -> ResponseReturnValue:
    return render_template(
        "api_docs.html", spec=specification(), methods=("get", "post", "put", "patch", "delete")
    )


def specification() -> dict[str, Any]:
    """What flask-smorest collected, with what holds for all calls: the token and the Idempotency-Key."""
    spec: dict[str, Any] = current_app.extensions["duban.api"].spec.to_dict()
    components = spec.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components.setdefault("parameters", {})["IdempotencyKey"] = {
        "in": "header",
        "name": HEADER,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        "description": "Repeating a call with the same key has one effect and gives the first answer again.",
    }
    spec["security"] = [{"token": []}]
    open_to_all, keyless = _operations(is_public), _operations(is_keyless)
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if (path, method) in open_to_all:
                operation["security"] = []
            elif method.upper() in WRITING and (path, method) not in keyless:
                operation.setdefault("parameters", []).append(
                    {"$ref": "#/components/parameters/IdempotencyKey"}
                )
    return spec


def _operations(are: Callable[[str], bool]) -> set[tuple[str, str]]:
    """(path as in the document, method) of the routes whose endpoints answer the question with yes."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in current_app.url_map.iter_rules()
        if are(rule.endpoint)
        for method in rule.methods or ()
    }
