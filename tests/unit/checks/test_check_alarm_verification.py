"""An alarm that fired and told somebody, by what AWS remembers and what the monitor does."""

from __future__ import annotations

import shlex
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from example_alarms import (
    DEFINITIONS,
    FUNCTION,
    HTTP,
    IDENTITY,
    REST,
    TABLE,
    api_metric,
    arn,
    charges_alarm,
    composite_alarm,
    error_rate_alarm,
    function_alarm,
    latency_alarm,
    metric_alarm,
    throttle_alarm,
)
from records import NOW
from records_listening import days_ago, fired
from records_workload import POOL as WORKLOAD

from compliance.checks.alarm_verification import (
    a_function_alarm_has_told_somebody,
    a_spend_alert_has_told_somebody,
    a_table_alarm_has_told_somebody,
    an_api_alarm_has_told_somebody,
)
from compliance.facts.alarm_history import ActionTaken, StateChange
from compliance.facts.budgets import BudgetNotification
from compliance.facts.memories import Remembered
from compliance.model import Verdict

SETTINGS: dict[str, Any] = {"definitions": DEFINITIONS, "within_days": 180}
PARTNERS = metric_alarm(api_metric("5xx", "Average", ApiId="h1"), 0.05, name="partners")


def api(
    history: Any, alarms: Any = None, *, apis: Any = (REST,), remembered: Any = (), **settings: Any
) -> Verdict:
    given = {"kind": "api-error-rate", "each_resource": False, "production_stages": ["prod"]}
    alarms = [error_rate_alarm()] if alarms is None else alarms
    return an_api_alarm_has_told_somebody(
        apis, (), alarms, history, remembered, IDENTITY, NOW, **(SETTINGS | given | settings)
    )


def found(verdict: Verdict) -> set[tuple[str, str]]:
    return {offender.key for offender in verdict.offenders}


NEVER = {("alarm:api-error-rate", "never-verified")}


def test_an_alarm_that_fired_and_told_somebody_is_enough_and_is_to_be_remembered() -> None:
    verdict = api(fired("the-alarm", days_ago(3)))
    assert found(verdict) == set()
    assert verdict.evidence == {arn("the-alarm"): days_ago(3)}
    assert "the-alarm told somebody on 2026-05-29" in verdict.holds


def test_without_history_nothing_was_verified_and_the_fix_is_a_test() -> None:
    [offender] = api([]).offenders
    assert offender.key == ("alarm:api-error-rate", "never-verified")
    assert shlex.split(str(offender.fix))[:5] == [
        "aws",
        "cloudwatch",
        "set-alarm-state",
        "--alarm-name",
        "the-alarm",
    ]


def test_the_test_is_of_an_alarm_that_would_tell_somebody() -> None:
    mute = error_rate_alarm(name="a-mute", actions=())
    [offender] = api([], [mute, error_rate_alarm()]).offenders
    assert "--alarm-name the-alarm" in str(offender.fix)


def test_an_alarm_that_watches_something_else_verifies_nothing() -> None:
    other = latency_alarm(name="other")
    assert found(api(fired("other", days_ago(3)), [error_rate_alarm(), other])) == NEVER


def test_an_alarm_that_was_deleted_verifies_nothing() -> None:
    assert found(api(fired("gone", days_ago(3)))) == NEVER


def test_no_alarm_at_all_is_a_fault_of_its_own() -> None:
    assert found(api([], [])) == {("alarm:api-error-rate", "no-alarm")}


def test_what_told_somebody_on_its_way_back_alone_told_nobody_of_the_alarm() -> None:
    events = [e for e in fired("the-alarm", days_ago(3)) if e.at > days_ago(3)]
    assert found(api([StateChange("the-alarm", days_ago(3), "ALARM"), *events])) == NEVER


def test_an_action_whose_change_of_state_is_not_in_the_history_is_no_evidence() -> None:
    alone = ActionTaken("the-alarm", days_ago(3), "arn:aws:sns:a:b:c", succeeded=True)
    assert found(api([alone])) == NEVER


def test_an_action_of_the_same_moment_belongs_to_the_nearest_change() -> None:
    """The alarm was put to ALARM and back within a second; only the way back told somebody."""
    at = days_ago(3)
    history = [
        StateChange("the-alarm", at, "ALARM"),
        StateChange("the-alarm", at + timedelta(seconds=1), "OK"),
        ActionTaken("the-alarm", at + timedelta(seconds=1), "arn:aws:sns:a:b:c", succeeded=True),
    ]
    assert found(api(history)) == NEVER


@pytest.mark.parametrize("milliseconds", [-900, 0, 900])
def test_the_times_of_a_change_and_its_action_may_differ_a_little(milliseconds: int) -> None:
    at = days_ago(3)
    acted = at + timedelta(milliseconds=milliseconds)
    action = ActionTaken("the-alarm", acted, "arn:aws:sns:a:b:c", succeeded=True)
    assert found(api([StateChange("the-alarm", at, "ALARM"), action])) == set()


def test_an_action_that_only_acts_tells_nobody() -> None:
    scaling = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1"
    assert found(api(fired("the-alarm", days_ago(3), target=scaling))) == NEVER


def test_an_action_that_failed_is_named_beside_what_was_never_verified() -> None:
    verdict = api(fired("the-alarm", days_ago(3), told=False))
    assert found(verdict) == NEVER | {(arn("the-alarm"), "action-failed")}
    assert verdict.evidence == {}


def test_an_action_that_succeeded_since_makes_up_for_one_that_failed() -> None:
    failed = fired("the-alarm", days_ago(3), told=False)
    assert found(api([*failed, *fired("the-alarm", days_ago(2))])) == set()


def test_an_alarm_that_failed_last_is_named_whatever_it_did_before() -> None:
    history = [*fired("the-alarm", days_ago(3)), *fired("the-alarm", days_ago(2), told=False)]
    assert found(api(history)) == {(arn("the-alarm"), "action-failed")}


def test_one_of_several_targets_that_heard_is_somebody() -> None:
    at = days_ago(3)
    second = ActionTaken("the-alarm", at, "arn:aws:sns:us-east-1:1:second", succeeded=False)
    assert found(api([*fired("the-alarm", at), second])) == set()


def test_a_composite_alarm_speaks_for_the_child_that_fired_it() -> None:
    alarms = [error_rate_alarm(actions=()), composite_alarm("ALARM(the-alarm)")]
    child = [e for e in fired("the-alarm", days_ago(3)) if isinstance(e, StateChange)]
    followed = fired("all", days_ago(3) + timedelta(seconds=20))
    assert found(api([*child, *followed], alarms)) == set()


def test_a_composite_alarm_that_fired_by_itself_does_not_speak_for_its_child() -> None:
    alarms = [error_rate_alarm(actions=()), composite_alarm("ALARM(the-alarm)")]
    child = [e for e in fired("the-alarm", days_ago(3)) if isinstance(e, StateChange)]
    assert found(api([*child, *fired("all", days_ago(2))], alarms)) == NEVER


def test_a_composite_alarm_that_the_child_cannot_fire_alone_does_not_speak_for_it() -> None:
    rule = "ALARM(the-alarm) AND ALARM(other)"
    alarms = [error_rate_alarm(actions=()), composite_alarm(rule)]
    child = [e for e in fired("the-alarm", days_ago(3)) if isinstance(e, StateChange)]
    assert found(api([*child, *fired("all", days_ago(3))], alarms)) == NEVER


@pytest.mark.parametrize(("days", "faults"), [(60, set()), (180, set()), (181, NEVER)])
def test_what_is_remembered_counts_for_as_long_as_the_baseline_says(
    days: int, faults: set[tuple[str, str]]
) -> None:
    memory = Remembered(arn("the-alarm"), days_ago(days))
    assert found(api([], remembered=[memory])) == faults


def test_what_is_remembered_of_another_alarm_does_not_count() -> None:
    assert found(api([], remembered=[Remembered(arn("gone"), days_ago(6))])) == NEVER


def test_an_age_below_what_aws_remembers_holds_for_the_history_too() -> None:
    assert found(api(fired("the-alarm", days_ago(9)), within_days=7)) == NEVER


def test_each_resource_can_be_demanded_to_have_an_alarm_that_told_somebody() -> None:
    alarms, apis = [error_rate_alarm(), PARTNERS], (REST, HTTP)
    history = fired("the-alarm", days_ago(3))
    assert found(api(history, alarms, apis=apis)) == set()
    assert found(api(history, alarms, apis=apis, each_resource=True)) == {
        ("alarm:api-error-rate/partners/h1", "never-verified")
    }


def test_the_latency_alarm_is_another_one_than_that_on_errors() -> None:
    verdict = api(
        fired("slow", days_ago(3)),
        [error_rate_alarm(), latency_alarm(name="slow")],
        kind="api-latency",
    )
    assert found(verdict) == set()


def test_a_looser_threshold_does_not_matter_here() -> None:
    assert found(api(fired("the-alarm", days_ago(3)), [error_rate_alarm(of=(5, 9))])) == set()


def test_without_apis_functions_or_tables_there_is_nothing_to_verify() -> None:
    nothing = ((), (), (), (), IDENTITY, NOW)
    settings = SETTINGS | {"each_resource": False}
    assert api([], apis=()).inapplicable
    assert a_function_alarm_has_told_somebody(*nothing, **settings).inapplicable
    assert a_table_alarm_has_told_somebody(*nothing, **settings).inapplicable


def test_functions_and_tables_have_alarms_of_their_own() -> None:
    history = [*fired("errors", days_ago(3)), *fired("throttles", days_ago(3))]
    alarms = [function_alarm(name="errors"), throttle_alarm(name="throttles")]
    given = (alarms, history, (), IDENTITY, NOW)
    settings = SETTINGS | {"each_resource": False}
    function = a_function_alarm_has_told_somebody([FUNCTION], *given, **settings)
    table = a_table_alarm_has_told_somebody([TABLE], *given, **settings)
    assert found(function) == found(table) == set()
    assert [*function.evidence, *table.evidence] == [arn("errors"), arn("throttles")]


def spend(history: Any = (), alarms: Any = (), alerts: Any = (), remembered: Any = ()) -> Verdict:
    budgets = WORKLOAD["budgets"]
    return a_spend_alert_has_told_somebody(
        alarms, history, budgets, alerts, remembered, IDENTITY, NOW, **SETTINGS
    )


def alert(*, in_alarm: bool, budget: str = WORKLOAD["budgets"][0].arn) -> BudgetNotification:
    return BudgetNotification(
        budget, "ACTUAL", "GREATER_THAN", Decimal(80), in_percent=True, in_alarm=in_alarm
    )


def test_the_alarm_on_charges_verifies_the_spend_alert() -> None:
    assert found(spend(fired("the-alarm", days_ago(3)), [charges_alarm()])) == set()


def test_a_budget_alert_that_went_off_verifies_it_and_is_remembered_by_the_day() -> None:
    verdict = spend(alerts=[alert(in_alarm=True)])
    assert found(verdict) == set()
    assert verdict.evidence == {WORKLOAD["budgets"][0].arn: NOW.replace(hour=0)}


def test_a_budget_alert_is_remembered_after_its_period_has_ended() -> None:
    memory = Remembered(WORKLOAD["budgets"][0].arn, days_ago(100))
    assert found(spend(alerts=[alert(in_alarm=False)], remembered=[memory])) == set()


def test_a_budget_alert_that_never_went_off_verifies_nothing() -> None:
    assert found(spend(alerts=[alert(in_alarm=False)])) == {("alarm:cost", "never-verified")}


def test_an_alert_of_a_budget_on_usage_is_none_on_spend() -> None:
    usage = alert(in_alarm=True, budget="arn:aws:budgets::1:budget/hours")
    assert found(spend(alerts=[usage])) == {("alarm:cost", "no-alarm")}


def test_without_any_spend_alert_there_is_none_that_could_go_off() -> None:
    assert found(spend()) == {("alarm:cost", "no-alarm")}


def test_a_composite_alarm_that_told_of_its_way_back_does_not_speak_for_its_child() -> None:
    alarms = [error_rate_alarm(actions=()), composite_alarm("ALARM(the-alarm)")]
    at = days_ago(3)
    history = [
        StateChange("the-alarm", at, "ALARM"),
        StateChange("all", at + timedelta(seconds=30), "OK"),
        ActionTaken("all", at + timedelta(seconds=30), "arn:aws:sns:a:b:c", succeeded=True),
    ]
    assert found(api(history, alarms)) == NEVER


def test_an_action_long_after_the_last_known_change_is_of_one_that_is_not_known() -> None:
    history = [
        StateChange("the-alarm", days_ago(3) - timedelta(hours=1), "ALARM"),
        ActionTaken("the-alarm", days_ago(3), "arn:aws:sns:a:b:c", succeeded=True),
    ]
    assert found(api(history)) == NEVER


def test_what_holds_names_an_alarm_of_the_kind() -> None:
    other = Remembered(arn("another"), days_ago(1))
    verdict = api(fired("the-alarm", days_ago(3)), remembered=[other])
    assert verdict.holds.startswith("the-alarm told")
