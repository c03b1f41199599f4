"""Logs are kept long enough, and not for ever: of every group, and of each function's group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.checks.cloudwatch import log_groups_keep_events
from compliance.checks.lambda_errors import function_logs_are_kept
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.model import Identity, Verdict

IDENTITY = Identity("123456789012", "eu-west-1", "aws-cn")
PREFIX = "arn:aws-cn:logs:eu-west-1:123456789012:log-group:"


def group(name: str, days: int | None, log_class: str = "STANDARD") -> LogGroup:
    return LogGroup(f"{PREFIX}{name}", name, days, log_class)


def function(name: str, log_group: str | None = None) -> Function:
    return Function(
        f"arn:aws-cn:lambda:eu-west-1:1:function:{name}", name, log_group or f"/l/{name}"
    )


def judged(*groups: LogGroup) -> Verdict:
    return log_groups_keep_events(groups, minimum=30, maximum=400)


def of_functions(functions: list[Function], *groups: LogGroup) -> Verdict:
    return function_logs_are_kept(functions, groups, IDENTITY, minimum=30, maximum=400)


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(o.resource.removeprefix(PREFIX), o.fault) for o in verdict.offenders]


@pytest.mark.parametrize("days", [30, 31, 90, 365, 400])
def test_a_group_that_keeps_from_the_minimum_to_the_cap_holds(days: int) -> None:
    assert judged(group("a", days)).offenders == ()


def test_a_group_that_never_expires_fails() -> None:
    [offender] = judged(group("a", None)).offenders
    assert (offender.fault, offender.observed) == ("never-expires", "never expires")
    assert offender.expected == "30 to 400 days"


@pytest.mark.parametrize("days", [1, 7, 29])
def test_a_group_that_keeps_less_fails_with_its_days(days: int) -> None:
    [offender] = judged(group("a", days)).offenders
    assert (offender.fault, offender.observed) == ("too-short", f"{days} days")


def test_a_group_that_keeps_more_than_the_cap_fails() -> None:
    [offender] = judged(group("a", 3653)).offenders
    assert (offender.fault, offender.observed) == ("too-long", "3653 days")


def test_a_group_of_the_infrequent_access_class_is_judged_like_any() -> None:
    assert found(judged(group("a", None, "INFREQUENT_ACCESS"))) == [("a", "never-expires")]


def test_a_group_of_the_delivery_class_is_not_judged() -> None:
    verdict = judged(group("a", None, "DELIVERY"), group("b", 30))
    assert verdict.evaluated == (f"{PREFIX}b",)
    assert verdict.offenders == ()


@pytest.mark.parametrize("groups", [[], [group("a", None, "DELIVERY")]])
def test_where_no_group_can_be_judged_it_does_not_apply(groups: list[LogGroup]) -> None:
    assert judged(*groups).inapplicable == "no log groups in the region"


def test_a_finding_needs_no_other_group_to_be_seen() -> None:
    assert judged(group("a", None)).offenders[0].absent_from == ()


def test_ten_thousand_groups_are_all_judged_and_each_named_once() -> None:
    groups = [group(f"g{n:05}", None if n % 10 == 0 else 30) for n in range(10_000)]
    verdict = judged(*groups, *groups)
    assert len(verdict.evaluated) == 10_000
    assert found(verdict) == [(f"g{n:05}", "never-expires") for n in range(0, 10_000, 10)]


@given(st.none() | st.integers(1, 3653), st.integers(1, 400), st.integers(0, 3653))
def test_a_group_has_at_most_one_fault_and_none_within_the_bounds(
    days: int | None, minimum: int, width: int
) -> None:
    verdict = log_groups_keep_events([group("a", days)], minimum=minimum, maximum=minimum + width)
    within = days is not None and minimum <= days <= minimum + width
    assert len(verdict.offenders) == (0 if within else 1)


def test_a_functions_own_group_is_judged() -> None:
    verdict = of_functions([function("f")], group("/l/f", 7), group("other", None))
    assert found(verdict) == [("/l/f", "too-short")]
    assert verdict.evaluated == (f"{PREFIX}/l/f",)


def test_the_group_that_a_function_chose_is_judged_and_not_its_default() -> None:
    chosen = function("f", "shared")
    assert found(of_functions([chosen], group("shared", None))) == [("shared", "never-expires")]


def test_a_group_that_functions_share_is_one_offender() -> None:
    sharing = [function(name, "shared") for name in "abc"]
    verdict = of_functions(sharing, group("shared", None))
    assert found(verdict) == [("shared", "never-expires")]
    assert verdict.evaluated == (f"{PREFIX}shared",)


def test_a_missing_group_fails_under_the_arn_that_it_would_have() -> None:
    [offender] = of_functions([function("f")]).offenders
    assert offender.key == (f"{PREFIX}/l/f", "no-log-group")
    assert offender.observed == "it does not exist, and f logs to it"
    assert offender.absent_from == ("log_groups",)


def test_a_missing_group_names_at_most_three_of_its_functions_in_order() -> None:
    sharing = [function(name, "shared") for name in "dcba"]
    [offender] = of_functions(sharing).offenders
    assert offender.observed == "it does not exist, and a, b, c log to it"


def test_a_missing_group_keeps_its_identity_once_it_never_expires() -> None:
    [missing] = of_functions([function("f")]).offenders
    [created] = of_functions([function("f")], group("/l/f", None)).offenders
    assert (missing.resource, created.fault) == (created.resource, "never-expires")


def test_a_group_of_the_delivery_class_that_a_function_logs_to_has_no_fault() -> None:
    assert found(of_functions([function("f")], group("/l/f", None, "DELIVERY"))) == []


def test_no_functions_have_no_logs_to_keep() -> None:
    assert of_functions([]).inapplicable == "no functions in the region"
