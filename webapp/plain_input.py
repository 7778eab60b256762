"""What no database can store is refused at the door: NUL characters, half surrogate pairs, ids beyond 64 bits.

Without this each of them would surface as an unexpected error deep in a verb.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Flask, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

from engine.errors import InvalidInput

#: The largest number that a key of a row can have.
LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """`<int:id>` in a route: what cannot be a row's id is an address that does not exist."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST_ID, **options})


class JsonParser(FlaskParser):
    """Reads the body of an API call; nesting without end or numbers of thousands of digits are no content."""

    def load_json(self, req: Any, schema: marshmallow.Schema) -> Any:
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError) as error:
            raise BadRequest from error

    def pre_load(self, location_data: Any, *, location: str, **_rest: Any) -> Any:
        if location == "json":
            _check(location_data)
        return location_data


def register(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
    app.before_request(check_address_and_form)


def check_address_and_form() -> None:
    """The path, the query and a page's form. The bodies of API calls are left to their parser."""
    typed = () if request.path.startswith("/api/") else request.form.values()
    for text in (request.path, *request.args.values(), *typed):
        if "\0" in text:
            _refuse()


def _check(data: Any) -> None:
    """A JSON value and all in it; without recursion, as nesting is the caller's choice."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if "\0" in value or not _is_utf8(value):
                _refuse()
        elif isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse() -> NoReturn:
    raise InvalidInput("input.unstorable", "内容含有无法保存的字符")
