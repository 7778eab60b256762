"""In which language a request is answered: ?lang, then the cookie, then the person's own, else Chinese."""

from typing import Any

from flask import Flask, g, request
from werkzeug import Response

from engine import texts
from engine.texts import LANGUAGES

COOKIE = "duban_lang"
_YEAR = 365 * 24 * 3600


def language() -> str:
    """ "zh" or "en"; on the API by Accept-Language, too."""
    asked = request.args.get("lang") or request.cookies.get(COOKIE)
    if asked in LANGUAGES:
        return str(asked)
    visitor = g.get("visitor")
    if request.path.startswith("/api/v"):
        return request.accept_languages.best_match(LANGUAGES, default="zh")
    return visitor.language if visitor and visitor.language in LANGUAGES else "zh"


def gettext(text: str) -> str:
    """The text in the request's language; parameters are left to the caller."""
    return texts.gettext(text, language())


def stored(text: str) -> str:
    """A text out of a row: in the request's language, where the system itself wrote it."""
    return texts.stored(text, language())


def translate(text: str, **params: Any) -> str:
    return texts.translate(text, language(), **params)


def register(app: Flask) -> None:
    """Give the templates `_` and the filter `stored`, and remember a language that was asked for."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, lambda one, many, n: gettext(one if n == 1 else many), newstyle=True
    )
    app.add_template_filter(stored)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.after_request(_remember)


def _remember(response: Response) -> Response:
    asked = request.args.get("lang")
    if asked in LANGUAGES and asked != request.cookies.get(COOKIE):
        response.set_cookie(COOKIE, asked, max_age=_YEAR, httponly=True, samesite="Lax", path="/")
    return response
