"""Each function's errors have an alarm of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from example_alarms import (
    DEFINITIONS,
    FUNCTION,
    IDENTITY,
    SUBSCRIPTIONS,
    TOPIC,
    TOPICS,
    error_rate_alarm,
    function_alarm,
    function_metric,
    metric_alarm,
)

from compliance.checks.lambda_errors import function_errors_have_alarms
from compliance.facts.alarms import Metric
from compliance.model import Verdict

OTHER = replace(FUNCTION, arn=f"{FUNCTION.arn}2", name="orders2")


def judged(*alarms: Any, functions: Any = (FUNCTION,), topics: Any = TOPICS) -> Verdict:
    return function_errors_have_alarms(
        functions,
        alarms,
        topics,
        SUBSCRIPTIONS,
        IDENTITY,
        definition=DEFINITIONS["lambda-errors"],
        trusted_targets=[],
        topic=TOPIC,
        alert_emails=["oncall@example.com"],
    )


def test_a_function_with_a_good_alarm_holds() -> None:
    verdict = judged(function_alarm())
    assert (verdict.evaluated, verdict.offenders) == (("alarm:lambda-errors/orders",), ())


def test_no_functions_need_no_alarms() -> None:
    assert judged(functions=()).inapplicable == "no functions in the region"


def test_a_new_function_is_named_until_it_has_an_alarm() -> None:
    verdict = judged(function_alarm(), functions=(FUNCTION, OTHER))
    assert [o.key for o in verdict.offenders] == [("alarm:lambda-errors/orders2", "missing")]


def test_an_alarm_over_all_functions_counts_for_none() -> None:
    together = metric_alarm(Metric("AWS/Lambda", "Errors", {}, "Average", 300), 0.05)
    assert [o.fault for o in judged(together).offenders] == ["missing"]


def test_alarms_on_other_things_are_not_judged() -> None:
    mute = error_rate_alarm(actions=(), name="not-ours")
    assert judged(function_alarm(), mute).offenders == ()


def test_one_bad_alarm_over_two_functions_is_one_offender() -> None:
    metrics = {
        "a": function_metric("Errors", "Average"),
        "b": function_metric("Errors", "Average", FunctionName="orders2"),
    }
    shared = metric_alarm(metrics, 0.5, "MAX([a,b])", name="shared")
    both = (FUNCTION, OTHER)
    verdict = judged(shared, functions=both)
    assert [o.key for o in verdict.offenders] == [(shared.arn, "looser-threshold")]
    assert verdict.offenders == judged(shared, functions=both[::-1]).offenders


def test_a_lambda_function_that_the_alarm_invokes_must_exist() -> None:
    gone = f"arn:aws:lambda:us-east-1:{IDENTITY.account}:function:gone"
    [offender] = judged(function_alarm(actions=(gone,))).offenders
    assert offender.fault == "function-gone"
    assert set(offender.absent_from) == {"alarms", "functions"}
    assert judged(function_alarm(actions=(FUNCTION.arn,))).offenders == ()
