"""What no database can store is refused at the door: NUL characters, half surrogate pairs, ids beyond 64 bits.

Without this each of them would surface as an unexpected error deep in a verb. Refused as well is a form so large or
of so many fields that reading it would keep everybody else waiting.
"""

import io
from typing import IO, Any, NoReturn

import marshmallow
from flask import Flask, Request, request
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter

from engine.errors import InvalidInput

#: The largest number that a key of a row can have.
LARGEST_ID = 2**63 - 1
#: A form or an API call in memory, by whom nobody knows yet, by a person, and where a whole text may be pasted.
LARGEST_OF_STRANGERS, LARGEST_BODY, LARGEST_FORM = 64_000, 2_000_000, 25_000_000
#: Fields of one form. The largest of ours ticks all units of a city.
MOST_FIELDS = 10_000


class FormParser(FormDataParser):
    """Werkzeug bounds multipart forms; the other kind it reads whole, whatever the view: an upload of a gigabyte too."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        if mimetype == "application/x-www-form-urlencoded":
            sent = stream.read(LARGEST_FORM + 1)
            if len(sent) > LARGEST_FORM or sent.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge
            stream = io.BytesIO(sent)
        return super().parse(stream, mimetype, content_length, options)


class BoundedRequest(Request):
    form_data_parser_class = FormParser


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
        elif isinstance(value, dict):
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
