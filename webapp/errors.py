"""The one place that turns errors into HTTP: a status, and a sentence where the person is.

Pages get an error page with a way back; the API gets problem details (RFC 9457) with the stable code. What
nobody expected gets an incident number, which stands in the log too, and never a trace.
"""

import logging
import secrets
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug import Response
from werkzeug.exceptions import HTTPException, InternalServerError

from engine import audit, errors
from engine.context import Context
from engine.texts import N_
from webapp import auth
from webapp.language import gettext, translate
from webapp.requests import client_ip, in_transaction

log = logging.getLogger(__name__)

#: The first class that fits decides.
STATUSES: tuple[tuple[type[errors.DubanError], int], ...] = (
    (errors.NotFound, 404),
    (errors.SignInRefused, 401),
    (errors.AccessDenied, 403),
    (errors.TaskNotOpen, 409),
    (errors.StaleForm, 409),
    (errors.RuleViolation, 422),
    (errors.InvalidInput, 422),
    (errors.InvalidDiagram, 422),
    (errors.UnreadableDocument, 422),
    (errors.StorageFailed, 507),
)

#: Sentences for what Flask itself refuses.
SENTENCES = {
    400: N_("请求的内容不完整或有误"),
    401: N_("请先登录"),
    403: N_("您没有进行此操作的权限"),
    404: N_("没有找到该内容"),
    405: N_("该地址不支持这种操作"),
    408: N_("上传中断，请重试"),
    413: N_("提交的内容过大"),
    415: N_("不支持这种内容格式"),
    422: N_("填写的内容有误，请检查后重新提交"),
    500: N_("系统出现意外错误，本次操作未保存"),
    507: N_("存储空间不足，本次操作未保存，请联系系统管理员"),
}
STALE_PAGE = N_("页面已过期，请刷新后重试")


def status_of(error: errors.DubanError) -> int:
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def sentence(error: errors.DubanError) -> str:
    """What the person reads, in the language of the request."""
    return translate(error.text, **error.params)


def field_errors(error: errors.DubanError) -> dict[str, str]:
    """{field: sentence} for a form, "" where the sentence belongs to the form as a whole."""
    return {getattr(error, "field", None) or "": sentence(error)}


def register(app: Flask) -> None:
    app.register_error_handler(errors.DubanError, _duban_error)
    app.register_error_handler(HTTPException, http_error)


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """application/problem+json."""
    response = jsonify(
        {"type": f"urn:duban:{code}", "status": status, "code": code, "detail": detail, **more}
    )
    response.status_code, response.mimetype = status, "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _duban_error(error: errors.DubanError) -> Response:
    status = status_of(error)
    if status == 500:
        return _unexpected(error)
    if status == 403:
        _note_denial(error)
    return _answer(status, error.code, sentence(error), field=getattr(error, "field", None))


def http_error(error: HTTPException) -> Response:
    """Also what flask-smorest and webargs raise; ``error.data`` then holds the messages by field."""
    if error.response is not None:
        return error.get_response()
    if isinstance(error, InternalServerError):
        return _unexpected(error.original_exception or error)
    status = error.code or 500
    text = STALE_PAGE if isinstance(error, CSRFError) else SENTENCES.get(status, SENTENCES[400])
    messages = getattr(error, "data", {}).get("messages") if hasattr(error, "data") else None
    response = _answer(status, f"http.{status}", gettext(text), messages=messages)
    if methods := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(methods)
    return response


def _unexpected(error: BaseException) -> Response:
    incident = secrets.token_hex(4)
    log.error("incident %s: %s %s", incident, request.method, request.path, exc_info=error)
    if _is_full(error):
        return _answer(507, "storage.full", gettext(SENTENCES[507]), incident=incident)
    return _answer(500, "unexpected", gettext(SENTENCES[500]), incident=incident)


def _is_full(error: BaseException) -> bool:
    """Whether the database has no room left on its disk."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) == "53100" or "disk is full" in str(error.orig)


def _answer(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    messages: Any = None,
    incident: str | None = None,
) -> Response:
    if auth.is_api():
        more: dict[str, Any] = {"errors": {field: [detail]}} if field else {}
        if messages:
            more["errors"] = messages
        if incident:
            more["instance"] = f"urn:duban:incident:{incident}"
        return problem(status, code, detail, **more)
    if wants_problem():
        return problem(status, code, detail, **({"incident": incident} if incident else {}))
    try:
        page = render_template("error.html", status=status, sentence=detail, incident=incident)
    except Exception:
        if status != 500:
            raise
        log.exception("incident %s: the error page failed too", incident)
        page = f"{detail} ({incident})"
    return current_app.response_class(page, status, mimetype="text/html")


def wants_problem() -> bool:
    """Scripts of our pages (uploads) read the sentence from a problem document."""
    if request.mimetype == "application/octet-stream":
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/problem+json", "application/json"])
    return best in ("application/problem+json", "application/json")


def _note_denial(error: errors.DubanError) -> None:
    """A refused act is kept, though the request itself is rolled back."""
    visitor = auth.visitor()
    if visitor is None:
        return
    detail = {**error.params, "method": request.method, "path": request.path[:200], "ip": client_ip()}
    account_id = visitor.account_id

    def note(ctx: Context) -> None:
        audit.record(ctx, f"account:{account_id}", "access.denied", ("account", account_id), **detail)

    in_transaction(note)
    g.pop("work", None)
