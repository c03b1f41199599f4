"""The rules of composite alarms: what they mention, and when they fire."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.alarms.composite_rule import RuleError, parse

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"


def fires(rule: str, *in_alarm: str) -> bool:
    return parse(rule).fires(frozenset(in_alarm))


@pytest.mark.parametrize(
    ("rule", "fire"),
    [
        ("ALARM(a)", True),
        ("OK(a)", False),
        ("OK(b)", True),
        ("INSUFFICIENT_DATA(a)", False),
        ("NOT ALARM(a)", False),
        ("NOT (ALARM(b) OR ALARM(c))", True),
        ("ALARM(a) OR ALARM(b)", True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) AND NOT ALARM(b)", True),
        ("ALARM(a) AND OK(b)", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", False),
        ("TRUE", True),
        ("FALSE", False),
        ("ALARM(b) OR TRUE", True),
        ("AT_LEAST(1, ALARM, (a, b, c))", True),
        ("AT_LEAST(2, ALARM, (a, b, c))", False),
        ("AT_LEAST(2, OK, (a, b, c))", True),
        ("AT_LEAST(3, OK, (a, b, c))", False),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", True),
        ("AT_LEAST(1, NOT OK, (a, b, c))", True),
        ("AT_LEAST(33%, ALARM, (a, b, c))", True),
        ("AT_LEAST(34%, ALARM, (a, b, c))", False),
        ("AT_LEAST(3, NOT INSUFFICIENT_DATA, (a, b, c))", True),
    ],
)
def test_a_rule_fires_on_one_alarm_as_aws_would(rule: str, fire: bool) -> None:  # noqa: FBT001 -- a column of the table above
    assert fires(rule, "a") is fire


def test_and_binds_tighter_than_or() -> None:
    assert fires("ALARM(a) OR ALARM(b) AND ALARM(c)", "a")


def test_a_quoted_name_may_hold_what_a_bare_one_cannot() -> None:
    name = 'API (prod), 5XX "errors" OR worse'
    quoted = name.replace('"', '\\"')
    assert fires(f'ALARM("{quoted}")', name)


def test_a_quoted_keyword_is_a_name() -> None:
    assert fires('ALARM("NOT") AND ALARM("TRUE")', "NOT", "TRUE")


@pytest.mark.parametrize("rule", [f"ALARM({ARN}a/b)", f'ALARM("{ARN}a/b")'])
def test_an_arn_is_the_name_in_it(rule: str) -> None:
    assert parse(rule).mentions == {"a/b"}


def test_a_rule_mentions_every_alarm_in_it() -> None:
    rule = 'ALARM(a) AND NOT OK("b c") OR AT_LEAST(1, ALARM, (d, e)) AND INSUFFICIENT_DATA(f)'
    assert parse(rule).mentions == {"a", "b c", "d", "e", "f"}


def test_line_breaks_and_missing_blanks_do_not_matter() -> None:
    assert fires("ALARM(a)\n  AND(NOT ALARM( b ))\n", "a")


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "ALARM",
        "ALARM()",
        "ALARM(a",
        "ALARM(a))",
        "ALARM(a) ALARM(b)",
        "ALARM(a) AND",
        "AND ALARM(a)",
        "a",
        '"ALARM"(a)',
        "FIRING(a)",
        'ALARM("a)',
        "NOT",
        "()",
        "AT_LEAST(x, ALARM, (a))",
        "AT_LEAST(1, BROKEN, (a))",
        "AT_LEAST(1, ALARM, a)",
        "AT_LEAST(1, ALARM, ())",
        "AT_LEAST(1, ALARM)",
        "AT_LEAST(-1, ALARM, (a))",
        "(" * 5000 + "ALARM(a)" + ")" * 5000,
        "NOT " * 5000 + "ALARM(a)",
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        parse(rule)


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            ["ALARM", "OK", "NOT", "AND", "OR", "TRUE", "(", ")", ",", "a", "AT_LEAST", "1"]
        )
    ).map(" ".join)
)
def test_any_text_is_a_rule_or_is_refused(text: str) -> None:
    try:
        rule = parse(text)
    except RuleError:
        return
    assert rule.fires(frozenset()) in {True, False}


_Written = tuple[str, Callable[[frozenset[str]], bool]]
NAMES = ("a", "b", "c d")


def _leaf(name: str, state: str) -> _Written:
    return f'{state}("{name}")', lambda on: (name in on) is (state == "ALARM")


def _not(inner: _Written) -> _Written:
    return f"NOT ({inner[0]})", lambda on: not inner[1](on)


def _both(left: _Written, right: _Written) -> _Written:
    return f"({left[0]}) AND ({right[0]})", lambda on: left[1](on) and right[1](on)


def _either(left: _Written, right: _Written) -> _Written:
    return f"({left[0]}) OR ({right[0]})", lambda on: left[1](on) or right[1](on)


_rules = st.recursive(
    st.builds(_leaf, st.sampled_from(NAMES), st.sampled_from(["ALARM", "OK"])),
    lambda inner: (
        st.builds(_not, inner) | st.builds(_both, inner, inner) | st.builds(_either, inner, inner)
    ),
)


@given(_rules, st.frozensets(st.sampled_from(NAMES)))
def test_a_rule_agrees_with_its_direct_evaluation(rule: _Written, on: frozenset[str]) -> None:
    text, expected = rule
    assert parse(text).fires(on) is expected(on)
