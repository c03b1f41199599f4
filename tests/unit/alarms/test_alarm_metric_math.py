"""CloudWatch metric math, evaluated on sample values."""

from __future__ import annotations

import math
import operator
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.alarms.metric_math import NotUnderstood, compute

SAMPLES = {"errors": 5.0, "requests": 100.0, "idle": 0.0}


@pytest.mark.parametrize(
    "expression",
    [
        "100*(errors/requests)",
        "errors / requests * 100",
        "(errors*100)/requests",
        "IF(requests>0, errors/requests*100, 0)",
        "IF(requests > 0 AND errors >= 0, 100*errors/requests, 0)",
        "IF(requests>0 && errors>=0, 100*errors/requests, 0)",
        "IF(requests == 0 || errors < 0, 0, 100*errors/requests)",
        "IF(requests == 0 OR errors < 0, 0, 100*errors/requests)",
        "IF(requests != 0, 100*errors/requests)",
        "100*FILL(errors, 0)/FILL(requests, 1)",
        "100*SUM([errors, idle])/SUM([requests])",
        "MAX([100*errors/requests, idle])",
        "MAX(100*errors/requests)",
        "errors^1*100/requests",
        "ABS(-errors)*10^2/requests",
        "\n  100 * errors / requests \n",
    ],
)
def test_the_same_rate_written_in_many_ways_has_one_value(expression: str) -> None:
    assert compute("rate", {"rate": expression}, SAMPLES) == pytest.approx(5)


def test_an_expression_may_build_on_the_ids_of_others() -> None:
    expressions = {"percent": "100*ratio", "ratio": "errors/total", "total": "requests"}
    assert compute("percent", expressions, SAMPLES) == pytest.approx(5)


def test_a_metric_can_be_asked_for_by_its_own_id() -> None:
    assert compute("errors", {}, SAMPLES) == 5


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("SUM(METRICS())", 105),
        ("MAX(METRICS())", 100),
        ("MIN(METRICS())", 0),
        ("AVG(METRICS())", 35),
    ],
)
def test_metrics_means_all_metrics_of_the_alarm(expression: str, value: float) -> None:
    assert compute("e", {"e": expression}, SAMPLES) == value


def test_a_power_binds_tighter_than_a_minus() -> None:
    assert compute("e", {"e": "0-errors^2"}, SAMPLES) == -25


@pytest.mark.parametrize(
    "expression",
    [
        "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 300)",
        "ANOMALY_DETECTION_BAND(errors, 2)",
        "METRICS('errors')",
        "RATE(errors)",
        "errors/unheard_of",
        "[errors, requests]",
        "errors + [requests]",
        "errors/idle",
        "(0-errors)^0.5",
        "10^400",
        "errors if requests else idle",
        "errors.real",
        "__import__('os').getcwd()",
        "(lambda: errors)()",
        "errors < requests < idle",
        "not errors",
        "SUM([])",
        "errors[0]",
        "'text'",
        "errors)",
        "",
    ],
)
def test_what_cannot_be_told_is_not_understood(expression: str) -> None:
    with pytest.raises(NotUnderstood):
        compute("e", {"e": expression}, SAMPLES)


@pytest.mark.parametrize(
    "expressions",
    [{"e": "e+e"}, {"e": "a+a", "a": "b+b", "b": "e+e"}, {"e": "IF(1, errors, e)"}],
)
def test_an_expression_that_needs_itself_is_not_understood(expressions: dict[str, str]) -> None:
    with pytest.raises(NotUnderstood):
        compute("e", expressions, SAMPLES)


def test_an_expression_that_many_others_use_is_computed_once() -> None:
    chain = {f"e{n}": f"e{n + 1}+e{n + 1}" for n in range(60)} | {"e60": "errors"}
    started = time.process_time()
    assert compute("e0", chain, SAMPLES) == 5 * 2**60
    assert time.process_time() - started < 1


@pytest.mark.parametrize("expression", ["(" * 3000 + "errors" + ")" * 3000, "-" * 4000 + "errors"])
def test_an_absurdly_nested_expression_is_not_understood(expression: str) -> None:
    with pytest.raises(NotUnderstood):
        compute("e", {"e": expression}, SAMPLES)


_WORDS = [
    "errors",
    "requests",
    "idle",
    "e",
    "IF(",
    "SUM(",
    "FILL(",
    "METRICS()",
    "(",
    ")",
    "[",
    "]",
]
_SIGNS = [
    "+",
    "-",
    "*",
    "/",
    "^",
    ",",
    ">",
    "==",
    "&&",
    "||",
    " AND ",
    " OR ",
    "0",
    "1",
    "0.5",
    " ",
]


@given(st.text() | st.lists(st.sampled_from(_WORDS + _SIGNS)).map("".join))
def test_any_text_has_a_value_or_is_not_understood(text: str) -> None:
    try:
        value = compute("e", {"e": text}, SAMPLES)
    except NotUnderstood:
        return
    assert isinstance(value, float)


_ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
_Written = tuple[str, float]


def _joined(sides: tuple[_Written, str, _Written]) -> _Written:
    (left, left_value), sign, (right, right_value) = sides
    zero = sign == "/" and right_value == 0
    value = math.nan if zero else _ARITHMETIC[sign](left_value, right_value)
    return f"({left}{sign}{right})", value


_leaves = st.sampled_from([*SAMPLES.items()]) | st.integers(0, 999).map(
    lambda n: (str(n), float(n))
)
_expressions = st.recursive(
    _leaves, lambda sides: st.tuples(sides, st.sampled_from([*_ARITHMETIC]), sides).map(_joined)
)


@given(_expressions)
def test_arithmetic_agrees_with_pythons(written: _Written) -> None:
    text, value = written
    if math.isnan(value):
        with pytest.raises(NotUnderstood):
            compute("e", {"e": text}, SAMPLES)
    else:
        assert compute("e", {"e": text}, SAMPLES) == pytest.approx(value, rel=1e-9)
