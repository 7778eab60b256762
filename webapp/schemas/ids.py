"""The field for ids of rows."""

from typing import Any

import marshmallow.validate
from marshmallow import fields

from webapp.plain_input import LARGEST_ID


class Id(fields.Integer):
    """The id of a row, as given by a caller."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=marshmallow.validate.Range(1, LARGEST_ID), **options)
