"""One tree of errors. Each carries a stable code and the Chinese source text, which is the gettext msgid.

The text may name its parameters as ``{name}``; whoever shows it (page, API, mail, command line) translates the
source text first and fills in the parameters afterwards. No HTTP status is known here: see webapp/errors.py.
"""

from typing import Any


class DubanError(Exception):
    """Base of everything a person may be told. ``code`` is stable, ``text`` is the Chinese msgid."""

    def __init__(self, code: str, text: str, **params: Any) -> None:
        super().__init__(code, text, params)
        self.code = code
        self.text = text
        self.params = params

    def __str__(self) -> str:
        return self.text.format(**self.params)


class NotFound(DubanError):
    """The thing asked for does not exist, or must look as if it did not."""

    def __init__(self, code: str = "not_found", text: str = "没有找到该内容", **params: Any) -> None:
        super().__init__(code, text, **params)


class AccessDenied(DubanError):
    """The actor's relations to the row do not grant the permission."""

    def __init__(
        self, code: str = "access_denied", text: str = "您没有进行此操作的权限", **params: Any
    ) -> None:
        super().__init__(code, text, **params)


class SignInRefused(AccessDenied):
    """Wrong credentials or a locked account."""


class RuleViolation(DubanError):
    """A rule of the business refuses the act in the present state."""


class InvalidInput(DubanError):
    """What was typed cannot be taken. ``field`` says beside which field the sentence belongs."""

    def __init__(self, code: str, text: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code, text, **params)
        self.field = field


class StaleForm(DubanError):
    """The row changed since the form was shown; nothing was saved."""

    def __init__(
        self, code: str = "stale_form", text: str = "页面内容已有更新，请刷新后再办理", **params: Any
    ) -> None:
        super().__init__(code, text, **params)


class TaskNotOpen(DubanError):
    """A lost race: the user task has been completed or withdrawn in the meantime."""

    def __init__(
        self, code: str = "user_task.not_open", text: str = "有人刚刚处理过，请刷新", **params: Any
    ) -> None:
        super().__init__(code, text, **params)


class InvalidDiagram(DubanError):
    """A BPMN file that is refused; names the element and its line."""

    def __init__(self, code: str, text: str, *, element: str, line: int, **params: Any) -> None:
        super().__init__(code, text, element=element, line=line, **params)
        self.element = element
        self.line = line


class ExpressionFailed(DubanError):
    """A running diagram cannot decide a condition: a variable is missing or the values do not fit."""


class ProcessRunaway(DubanError):
    """A diagram took more engine steps than its budget."""


class UnreadableDocument(DubanError):
    """A document that cannot be read as a plan: empty, too large, wrong encoding, a bomb."""


class StorageFailed(DubanError):
    """The file store did not take the bytes (disk full, connection cut); nothing was kept."""
