"""Alarms have data and actions, and neither flap nor stay in ALARM."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from example_alarms import (
    composite_alarm,
    error_rate_alarm,
    metric_alarm,
    table_metric,
    throttle_alarm,
)
from records import NOW

from compliance.checks.alarm_health import alarms_are_in_good_health
from compliance.facts.alarm_history import ActionTaken, AlarmEvent, StateChange
from compliance.facts.alarms import Alarm, MetricAlarm
from compliance.model import Verdict

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
SCALE = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1"
ALARM = error_rate_alarm(name="errors", actions=(TOPIC,))
LIMITS = {"no_data_days": 7, "in_alarm_hours": 24, "changes_a_day": 10}


def judged(*alarms: Alarm, history: Sequence[AlarmEvent] = ()) -> Verdict:
    silent = ["ReadThrottleEvents", "WriteThrottleEvents"]
    return alarms_are_in_good_health(alarms, history, NOW, limits=LIMITS, silent_metrics=silent)


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


def since(state: str, **ago: float) -> MetricAlarm:
    return replace(ALARM, state=state, state_changed_at=NOW - timedelta(**ago))


def changes(count: int, alarm: str = "errors", **ago: float) -> list[AlarmEvent]:
    return [
        StateChange(alarm, NOW - timedelta(**ago) - timedelta(seconds=each), "OK")
        for each in range(count)
    ]


def test_an_alarm_that_rests_holds() -> None:
    verdict = judged(since("OK", days=90))
    assert (verdict.evaluated, verdict.offenders) == ((ALARM.arn,), ())


@pytest.mark.parametrize(("days", "expected"), [(6.9, []), (7, ["no-data"]), (30, ["no-data"])])
def test_an_alarm_may_be_without_data_for_less_than_a_week(
    days: float, expected: list[str]
) -> None:
    assert faults(judged(since("INSUFFICIENT_DATA", days=days))) == expected


def test_an_alarm_on_what_is_published_only_while_it_goes_wrong_needs_no_data() -> None:
    quiet = {"state": "INSUFFICIENT_DATA", "state_changed_at": NOW - timedelta(days=90)}
    assert judged(replace(throttle_alarm(), **quiet)).offenders == ()
    assert judged(metric_alarm(table_metric("ReadThrottleEvents"), 10, **quiet)).offenders == ()
    other = metric_alarm(table_metric("ConsumedReadCapacityUnits"), 10, **quiet)
    assert faults(judged(other)) == ["no-data"]
    silenced = replace(throttle_alarm(), actions_enabled=False, **quiet)
    assert faults(judged(silenced)) == ["actions-disabled"]


@pytest.mark.parametrize(("hours", "expected"), [(24, []), (24.1, ["stuck-in-alarm"])])
def test_an_alarm_may_be_in_alarm_for_a_day(hours: float, expected: list[str]) -> None:
    assert faults(judged(since("ALARM", hours=hours))) == expected


def test_an_alarm_tells_since_when() -> None:
    [offender] = judged(since("ALARM", hours=48)).offenders
    assert offender.key == (ALARM.arn, "stuck-in-alarm")
    assert offender.observed == "in ALARM since 2026-05-30 12:00 UTC"
    assert offender.expected == "no ALARM for more than 24 hours"


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_a_state_of_unknown_age_proves_nothing(state: str) -> None:
    assert judged(replace(ALARM, state=state)).offenders == ()


def test_an_alarm_whose_actions_are_disabled_fails() -> None:
    assert faults(judged(replace(ALARM, actions_enabled=False))) == ["actions-disabled"]
    muted = replace(composite_alarm("ALARM(errors)", actions=(TOPIC,)), actions_enabled=False)
    assert faults(judged(muted)) == ["actions-disabled"]


@pytest.mark.parametrize(("count", "expected"), [(10, []), (11, ["flapping"])])
def test_an_alarm_may_change_its_state_ten_times_in_a_day(count: int, expected: list[str]) -> None:
    assert faults(judged(ALARM, history=changes(count))) == expected


def test_only_changes_of_the_last_day_count() -> None:
    old = [*changes(6), *changes(6, hours=24)]
    assert judged(ALARM, history=old).offenders == ()


def test_only_its_own_changes_of_state_count() -> None:
    actions: list[AlarmEvent] = [
        ActionTaken("errors", NOW - timedelta(hours=1), TOPIC, succeeded=True)
    ] * 9
    history = [*changes(6), *changes(20, "other"), *actions]
    assert judged(ALARM, history=history).offenders == ()


def test_a_composite_alarm_may_flap_too() -> None:
    composite = composite_alarm("ALARM(errors)", name="all", actions=(TOPIC,))
    assert faults(judged(composite, history=changes(11, "all"))) == ["flapping"]


def test_an_alarm_that_only_scales_is_not_judged() -> None:
    scales = replace(since("ALARM", days=30), actions=(SCALE,))
    verdict = judged(scales, history=changes(50))
    assert verdict.inapplicable == "no alarms in the region, or none but those that scale"


def test_an_alarm_that_scales_and_tells_somebody_is_judged() -> None:
    both = replace(since("ALARM", days=30), actions=(SCALE, TOPIC))
    assert faults(judged(both)) == ["stuck-in-alarm"]


def test_an_alarm_without_actions_is_judged() -> None:
    assert faults(judged(replace(since("ALARM", days=30), actions=()))) == ["stuck-in-alarm"]
