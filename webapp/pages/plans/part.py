"""What the modules of the plan import share: the blueprint, and a form that was refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, request

from engine.context import Role
from engine.texts import N_
from webapp.keyset import number
from webapp.navigation import navigation

blueprint = Blueprint("plans", __name__, url_prefix="/plans")
navigation.add("plans.index", N_("方案导入"), order=25, roles={Role.OFFICER})


@dataclass(frozen=True)
class Attempt:
    """A refused form: which one, what was typed, and why it was refused."""

    form: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


NO_ATTEMPT = Attempt()


def version() -> int | None:
    """The version that the form was made for."""
    return number(request.form.get("version"))


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"
