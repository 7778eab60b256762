"""The application factory: what a request passes through, in order, and which modules answer.

Every module of webapp/pages and of webapp/api offers one `blueprint`; there is no other list of them.
"""

import importlib
import pkgutil
import secrets
from dataclasses import replace
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, text
from werkzeug import Response

from engine.clock import Clock, SystemClock
from engine.db import make_engine
from engine.notices import rules as notice_rules
from engine.settings import Settings
from webapp import (
    api,
    assets,
    auth,
    errors,
    formats,
    language,
    light_words,
    loading,
    navigation,
    pages,
    plain_input,
    requests,
    serving,
    words,
)
from webapp.plain_input import LARGEST_BODY, LARGEST_FORM, LARGEST_OF_STRANGERS, BoundedRequest
from webapp.requests import Ground

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
_DAY = 24 * 3600


class Duban(Flask):
    """Flask with one transaction around each view."""

    request_class = BoundedRequest

    def dispatch_request(self) -> ResponseReturnValue:
        return requests.dispatch(super().dispatch_request)

    def log_exception(self, exc_info: Any) -> None:
        """Left to webapp/errors.py, which logs once, with the incident number."""


def create_app(
    settings: Settings | None = None, clock: Clock | None = None, *, db: Engine | None = None
) -> Duban:
    """The WSGI application. Settings come from the environment unless given; tests hand in the rest."""
    settings = settings or Settings.from_env()
    if settings.base_url.startswith("https:"):
        settings = replace(settings, secure_cookies=True)
    loading.load_engine()
    notice_rules.check_settings(settings.notice_grades, settings.notice_number_form)
    app = Duban(__name__, template_folder="templates", static_folder="static")
    app.config.update(
        SECRET_KEY=_secret_key(settings),
        SESSION_COOKIE_NAME="duban_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        SEND_FILE_MAX_AGE_DEFAULT=_DAY,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["duban"] = Ground(
        db=db or make_engine(settings.database_url), clock=clock or SystemClock(), settings=settings
    )
    app.before_request(_limit_body)
    app.before_request(auth.identify)
    app.before_request(serving.check_arrived)
    csrf = CSRFProtect(app)
    plain_input.register(app)
    app.after_request(_headers)
    app.teardown_request(requests.close)
    for part in (assets, formats, language, light_words, navigation, words, errors):
        part.register(app)
    app.add_url_rule("/healthz", "health", _health)
    api.register(app, csrf)
    for module in _modules(pages):
        app.register_blueprint(module.blueprint)
    return app


def _secret_key(settings: Settings) -> str:
    if settings.secret_key:
        return settings.secret_key
    if settings.demo:
        return secrets.token_hex(32)
    raise ValueError("DUBAN_SECRET_KEY is not set")


def _modules(package: Any) -> list[Any]:
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def _limit_body() -> None:
    view: Any = requests.view_function()
    limit = getattr(view, "largest_body", None)
    if limit is not None:
        request.max_content_length = limit(requests.ground().settings)
    elif request.endpoint is not None and auth.is_public(request.endpoint):
        request.max_content_length = LARGEST_OF_STRANGERS


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if requests.ground().settings.secure_cookies:
        headers.setdefault("Strict-Transport-Security", f"max-age={365 * _DAY}")
    if request.endpoint != "static":
        headers["Cache-Control"] = getattr(requests.view_function(), "caching", "no-store")
    elif request.path.startswith("/static/dist/assets/"):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _health() -> ResponseReturnValue:
    """Whether the server answers and reaches its database."""
    requests.context().session.execute(text("SELECT 1"))
    return {"status": "ok"}
