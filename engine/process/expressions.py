"""What a diagram may compute: CEL over scalars, without macros, members, indexes or calls.

A condition compares process variables with constants, no more. The library's own script engine is plain
``eval`` and would make every uploaded diagram a remote shell; ours refuses scripts outright and hands
service tasks to the handler of the verb that is running. CEL itself has macros (``all``, ``exists``,
``map``, ``has`` …) that its compiler unfolds before anyone can ask for them, so the check reads the source
text, not the compiled program.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import cel
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from engine.errors import ExpressionFailed, InvalidInput

#: All that process data may hold: ids and outcomes. No floats (CEL does not mix them with integers), no lists
#: (the library merges them wrongly), no instants (deadlines live in their own table).
Scalar = str | int | bool | None
#: operator, process variables, parameters -> variables to set, or None
Handler = Callable[[str, Mapping[str, Scalar], Mapping[str, Scalar]], Mapping[str, Scalar] | None]

MAX_LENGTH = 500
#: what the compiler calls the operators that may be used; no named function is among them
OPERATORS = frozenset(
    {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "-_", "_+_", "_-_", "_?_:_", "@in"}
)

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"[^"\\\n]*"|'[^'\\\n]*')
      | (?P<number>\d+(?![\w.]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>==|!=|<=|>=|&&|\|\||[<>!()\[\],?:+-])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset({"in", "true", "false", "null"})


def check_expression(source: str) -> tuple[str, ...]:
    """The variables that an expression reads, in order of name.

    Raises InvalidInput when it is too long, does not parse, or holds anything but variables, constants,
    lists of constants and the listed operators.
    """
    return _compile(source).variables


class _Expression:
    def __init__(self, program: Any) -> None:
        self.execute = program.execute
        self.variables = tuple(name for name in program.variables())


@lru_cache(maxsize=4096)
def _compile(source: str) -> _Expression:
    if len(source) > MAX_LENGTH:
        raise InvalidInput("expression.too_long", "条件表达式过长，不得超过 500 个字符")
    _check_tokens(source)
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise InvalidInput("expression.syntax", "条件表达式有语法错误：{source}", source=source) from error
    if not OPERATORS.issuperset(program.functions()):
        raise InvalidInput("expression.call", "条件表达式不得调用函数：{source}", source=source)
    return _Expression(program)


def _check_tokens(source: str) -> None:
    """Refuse calls, macros, indexes, members, maps, floats and escapes by reading the text token by token."""
    text, position, before = source.rstrip(), 0, ""
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidInput("expression.mark", "条件表达式含有不允许的写法：{source}", source=source)
        mark, kind = match[match.lastgroup or 0], match.lastgroup
        if mark == "(" and before == "name":
            raise InvalidInput("expression.call", "条件表达式不得调用函数：{source}", source=source)
        if mark == "[" and before in ("name", "number", "text", "close"):
            raise InvalidInput("expression.index", "条件表达式不得取下标：{source}", source=source)
        if kind == "text" and before in ("name", "text"):  # r"…" and """…""" are other kinds of constant
            raise InvalidInput("expression.mark", "条件表达式含有不允许的写法：{source}", source=source)
        before = "close" if mark in (")", "]") else "word" if mark in _WORDS else kind or ""
        position = match.end()


def evaluate(source: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises ExpressionFailed: a variable is missing, the types do not fit."""
    expression = _compile(source)
    try:
        return expression.execute({name: variables[name] for name in expression.variables})
    except KeyError as error:
        raise ExpressionFailed(
            "expression.missing_variable",
            "流程变量“{name}”尚未赋值，无法判断条件：{source}",
            name=error.args[0], source=source,
        ) from error  # fmt: skip
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ExpressionFailed("expression.failed", "条件表达式无法计算：{source}", source=source) from error


def check_scalars(variables: Mapping[str, Any]) -> None:
    """Raise TypeError unless every value is a Scalar: only ids and outcomes belong into process data."""
    for name, value in variables.items():
        if value is not None and not isinstance(value, str | int):
            raise TypeError(f"process variable {name!r} must be a scalar, not {type(value).__name__}")


def changed_against(before: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What ``data`` holds anew or otherwise. True is not 1 here, as CEL would not take one for the other."""
    return {
        name: value
        for name, value in data.items()
        if name not in before
        or ((old := before[name]) is not value and (old != value or type(old) is not type(value)))
    }


def no_handler(operator: str, *_: Any) -> None:
    """The handler where no service task may run."""
    raise PermissionError(f"no handler for {operator}")


#: the library asks its environment only where ScriptEngine does not answer first; this one refuses everything
_NOTHING = BasePythonScriptEngineEnvironment()


class ScriptEngine(PythonScriptEngine):
    """The library's hook for expressions and service tasks; give every loaded workflow one.

    Errors of the handler and of expressions pass unwrapped, so that the edge sees what the engine's verbs
    raised.
    """

    def __init__(self, handler: Handler = no_handler) -> None:
        self.environment = _NOTHING
        self.handler = handler

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """Decide a gateway's condition; an answer that is neither yes nor no raises ExpressionFailed."""
        answer = evaluate(expression, task.data)
        if not isinstance(answer, bool):
            raise ExpressionFailed(
                "expression.not_bool", "条件表达式的结果不是“是”或“否”：{source}", source=expression
            )
        return answer

    def execute(self, *_: Any, **__: Any) -> None:
        raise PermissionError("scripts are not run")

    def call_service(self, task: Any, *, operation_name: str, operation_params: Mapping[str, Any]) -> None:
        """Run the operator's handler and take its variables over into the process data."""
        variables = self.handler(operation_name, task.data, operation_params)
        if variables:
            check_scalars(variables)
            task.data.update(variables)
