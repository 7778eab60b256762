"""What an expression may say, and what it answers."""

import pytest

from engine.errors import ExpressionFailed, InvalidInput
from engine.process.expressions import ScriptEngine, check_expression, check_scalars, evaluate, no_handler


class Step:
    """What the library hands to a script engine."""

    def __init__(self, **data: object) -> None:
        self.data = data


@pytest.mark.parametrize(
    ("source", "variables", "answer"),
    [
        ('verdict == "returned"', {"verdict": "returned"}, True),
        ("verdict == '退回'", {"verdict": "退回"}, True),
        ('verdict != "returned" && rounds < 3', {"verdict": "approved", "rounds": 2}, True),
        ('verdict in ["returned", "rejected"]', {"verdict": "rejected"}, True),
        ("!(done || rounds >= 2)", {"done": False, "rounds": 1}, True),
        ("rounds + 1 - 2 > -1", {"rounds": 0}, False),
        ("(overdue ? limit : 0) == 5", {"overdue": True, "limit": 5}, True),
        ("inspector == null", {"inspector": None}, True),
        ("true", {}, True),
        ('1 == 2 || note == "(a.b(c))[0]"', {"note": "(a.b(c))[0]"}, True),
    ],
)
def test_conditions_compare_variables_with_constants(
    source: str, variables: dict[str, object], answer: bool
) -> None:
    assert ScriptEngine(no_handler).evaluate(Step(**variables), source) is answer


def test_the_variables_of_an_expression_are_known() -> None:
    assert check_expression('verdict == "a" && (rounds < 3 || final)') == ("final", "rounds", "verdict")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x" * 501, "expression.too_long"),
        ("", "expression.syntax"),
        ("a ==", "expression.syntax"),
        ("((a)", "expression.syntax"),
        ("(" * 200 + "a" + ")" * 200, "expression.syntax"),
        ('__import__("os").system("true")', "expression.call"),
        ("size(a) > 3", "expression.call"),
        ("size (a) > 3", "expression.call"),
        ("size\n(a) > 3", "expression.call"),
        ("has(a.b)", "expression.call"),
        ("a.b", "expression.mark"),
        ("[1, 2].all(x, x > 0)", "expression.mark"),
        ("[1, 2].exists(x, x > 0)", "expression.mark"),
        ("[1, 2].exists_one(x, x > 0)", "expression.mark"),
        ("[1, 2].map(x, x)", "expression.mark"),
        ("[1, 2].filter(x, x > 0)", "expression.mark"),
        ('a.matches("(x+)+y")', "expression.mark"),
        ('timestamp("2026-01-01T00:00:00Z") < b', "expression.call"),
        ("a[0] == 1", "expression.index"),
        ("[1][0] == 1", "expression.index"),
        ('"abc"[0] == 1', "expression.index"),
        ("{'a': 1} == b", "expression.mark"),
        ("a * a", "expression.mark"),
        ("a % 2 == 0", "expression.mark"),
        ("1.5 < a", "expression.mark"),
        ("1u == a", "expression.mark"),
        ("0x1F == a", "expression.mark"),
        ('r"a" == b', "expression.mark"),
        ('b"a" == c', "expression.mark"),
        (r'"\u0041" == a', "expression.mark"),
        ('"""a""" == b', "expression.mark"),
        ("`a` == 1", "expression.mark"),
        ("a // b", "expression.mark"),
        ("状态 == 1", "expression.mark"),
        ("lambda: 1", "expression.syntax"),
        ("a = 1", "expression.mark"),
        ("a; b", "expression.mark"),
    ],
)
def test_calls_loops_and_all_else_are_refused(source: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_expression(source)
    assert refused.value.code == code
    with pytest.raises(InvalidInput):  # nor does it run where no one has checked it
        evaluate(source, {"a": 1, "b": 2, "c": 3, "x": 4})


@pytest.mark.parametrize(
    ("source", "variables", "code"),
    [
        ("verdict == 1", {}, "expression.missing_variable"),
        ("true || verdict == 1", {}, "expression.missing_variable"),
        ("rounds < 3", {"rounds": "许多"}, "expression.failed"),
        ("rounds + 9223372036854775807 > 0", {"rounds": 1}, "expression.failed"),
        ("rounds", {"rounds": 1}, "expression.not_bool"),
        ("verdict", {"verdict": "true"}, "expression.not_bool"),
    ],
)
def test_what_cannot_be_decided_is_said(source: str, variables: dict[str, object], code: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        ScriptEngine(no_handler).evaluate(Step(**variables), source)
    assert failed.value.code == code
    assert "{" not in str(failed.value)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ExpressionFailed, match="“verdict”"):
        evaluate('verdict == "a"', {"rounds": 1})


def test_scripts_are_never_run() -> None:
    engine = ScriptEngine(no_handler)
    with pytest.raises(PermissionError):
        engine.execute(Step(), "a = 1")
    with pytest.raises(NotImplementedError):
        engine.environment.execute("a = 1", {})
    with pytest.raises(NotImplementedError):
        engine.environment.evaluate("1", {})
    with pytest.raises(PermissionError):
        engine.call_service(Step(), operation_name="a.b", operation_params={})


@pytest.mark.parametrize("value", [1.5, [1], {"a": 1}, b"a", {1}])
def test_process_data_is_scalars(value: object) -> None:
    with pytest.raises(TypeError, match="note"):
        check_scalars({"unit_id": 1, "label": "甲", "done": True, "inspector": None, "note": value})
