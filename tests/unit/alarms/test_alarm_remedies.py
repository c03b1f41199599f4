"""The commands that mend: AWS accepts them, and what they create meets the demand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from example_alarms import (
    ACCOUNT,
    DEFINITIONS,
    FUNCTION,
    HTTP,
    REST,
    TABLE,
    TOPIC,
    WEBSOCKET,
    arn,
    charges_alarm,
    definition_of,
    error_rate_alarm,
    function_alarm,
    function_metric,
    latency_alarm,
    metric_alarm,
    offenders,
    throttle_alarm,
)
from hypothesis import given
from hypothesis import strategies as st

from compliance.alarms.demand import (
    Demand,
    charges,
    error_rate_of,
    errors_of,
    latency_of,
    throttles_of,
)
from compliance.alarms.remedies import fixes
from compliance.facts.alarms import Metric, MetricAlarm
from compliance.facts.functions import Function

PAGER = f"arn:aws:sns:us-east-1:{ACCOUNT}:pager"
DEMANDS = {
    "error rate, REST": error_rate_of(REST, ["prod"]),
    "error rate, HTTP": error_rate_of(HTTP, ["prod"]),
    "error rate, WebSocket": error_rate_of(WEBSOCKET, ["prod"]),
    "latency, REST": latency_of(REST, ["prod"]),
    "latency, HTTP": latency_of(HTTP, ["prod"]),
    "latency, WebSocket": latency_of(WEBSOCKET, ["prod"]),
    "errors of a function": errors_of(FUNCTION),
    "throttles of a table": throttles_of(TABLE),
    "charges": charges(ACCOUNT),
    "an API with any name": error_rate_of(replace(REST, name='Bob\'s, "shop" = $5; rm'), ["prod"]),
}
each_demand = pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)

_INPUT = (
    botocore.session.Session().get_service_model("cloudwatch").operation_model("PutMetricAlarm")
).input_shape
_OPTIONS = {
    "--alarm-name": "AlarmName",
    "--namespace": "Namespace",
    "--metric-name": "MetricName",
    "--dimensions": "Dimensions",
    "--statistic": "Statistic",
    "--extended-statistic": "ExtendedStatistic",
    "--period": "Period",
    "--threshold": "Threshold",
    "--metrics": "Metrics",
    "--evaluation-periods": "EvaluationPeriods",
    "--datapoints-to-alarm": "DatapointsToAlarm",
    "--comparison-operator": "ComparisonOperator",
    "--treat-missing-data": "TreatMissingData",
    "--alarm-actions": "AlarmActions",
}


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    values: list[str] = []
    for word in reversed(words):
        if word.startswith("--"):
            yield word, values[::-1]
            values = []
        else:
            values.append(word)


def _dimensions(values: list[str]) -> list[dict[str, str]]:
    if values[0].startswith("["):
        return json.loads(values[0])
    return [dict(pair.split("=") for pair in value.split(",")) for value in values]


def arguments(command: str) -> dict[str, Any]:
    """What the command line would send to PutMetricAlarm; AWS's own model accepts it."""
    program, service, operation, *words = shlex.split(command)
    assert (program, service, operation) == ("aws", "cloudwatch", "put-metric-alarm")
    options = dict(_options(words))
    assert options.pop("--region") == ["us-east-1"]
    sent: dict[str, Any] = {}
    for option, values in options.items():
        name = _OPTIONS[option]
        kind = _INPUT.members[name].type_name
        if name == "Dimensions":
            sent[name] = _dimensions(values)
        elif name == "Metrics":
            sent[name] = json.loads(values[0])
        elif kind == "list":
            sent[name] = values
        else:
            [value] = values
            sent[name] = {"integer": int, "double": float}.get(kind, str)(value)
    report = ParamValidator().validate(sent, _INPUT)
    assert not report.has_errors(), report.generate_report()
    return sent


def _metric(of: dict[str, Any], statistic: str, period: int) -> Metric:
    dimensions = {d["Name"]: d["Value"] for d in of["Dimensions"]}
    return Metric(of["Namespace"], of["MetricName"], dimensions, statistic, period)


def created(command: str) -> MetricAlarm:
    """The alarm that CloudWatch has after the command."""
    sent = arguments(command)
    stats = {q["Id"]: q["MetricStat"] for q in sent.get("Metrics", ()) if "MetricStat" in q}
    metrics = {id_: _metric(q["Metric"], q["Stat"], q["Period"]) for id_, q in stats.items()}
    expressions = {q["Id"]: q["Expression"] for q in sent.get("Metrics", ()) if "Expression" in q}
    returned = [q["Id"] for q in sent.get("Metrics", ()) if q["ReturnData"]]
    if "MetricName" in sent:
        statistic = sent.get("Statistic") or sent["ExtendedStatistic"]
        metrics = {"m1": _metric(sent, statistic, sent["Period"])}
        returned = ["m1"]
    [watched] = returned
    return MetricAlarm(
        arn=arn(sent["AlarmName"]),
        name=sent["AlarmName"],
        watched=watched,
        metrics=metrics,
        expressions=expressions,
        threshold=sent["Threshold"],
        comparison=sent["ComparisonOperator"],
        evaluation_periods=sent["EvaluationPeriods"],
        datapoints_to_alarm=sent["DatapointsToAlarm"],
        actions=tuple(sent["AlarmActions"]),
    )


def fix_of(demand: Demand, *alarms: MetricAlarm, fault: str = "missing") -> str:
    [command] = [o.fix for o in offenders(demand, alarms) if o.fault == fault]
    assert command
    return command


@each_demand
def test_the_fix_of_a_missing_alarm_creates_one_that_meets_the_demand(demand: Demand) -> None:
    assert offenders(demand, [created(fix_of(demand))]) == []


@each_demand
def test_no_data_is_no_alarm(demand: Demand) -> None:
    assert arguments(fix_of(demand))["TreatMissingData"] == "notBreaching"


BAD = {
    "loose": (DEMANDS["errors of a function"], function_alarm(0.5)),
    "wrong statistic": (DEMANDS["latency, REST"], latency_alarm("p50")),
    "wrong datapoints": (DEMANDS["error rate, REST"], error_rate_alarm(of=(1, 1))),
    "wrong comparison": (DEMANDS["charges"], charges_alarm(comparison="LessThanThreshold")),
    "not a rate": (DEMANDS["errors of a function"], metric_alarm(function_metric("Errors"), 1)),
    "mute": (DEMANDS["throttles of a table"], throttle_alarm(actions=())),
    "topic gone": (DEMANDS["charges"], charges_alarm(actions=(PAGER,))),
}


@pytest.mark.parametrize(("demand", "alarm"), BAD.values(), ids=BAD)
def test_the_fix_of_a_bad_alarm_replaces_it_by_a_good_one(
    demand: Demand, alarm: MetricAlarm
) -> None:
    [offender] = offenders(demand, [alarm])
    mended = created(offender.fix or "")
    assert mended.name == alarm.name
    assert offenders(demand, [mended]) == []


def test_a_fix_of_the_threshold_keeps_whom_the_alarm_wakes() -> None:
    fix = fix_of(
        DEMANDS["charges"], charges_alarm(9999, actions=(PAGER, TOPIC)), fault="looser-threshold"
    )
    assert created(fix).actions == (TOPIC, PAGER)


def test_no_fix_gives_an_alarm_more_actions_than_aws_allows() -> None:
    pagers = [f"{PAGER}{n}" for n in range(5)]
    alarm = charges_alarm(9999, actions=pagers)
    fix = fix_of(DEMANDS["charges"], alarm, fault="looser-threshold")
    assert created(fix).actions == (TOPIC, *pagers[:4])


def test_the_fix_of_a_topic_that_is_gone_drops_it() -> None:
    fix = fix_of(DEMANDS["charges"], charges_alarm(actions=(PAGER,)), fault="topic-gone")
    assert created(fix).actions == (TOPIC,)


def test_the_fix_leaves_alone_an_alarm_that_also_watches_something_else() -> None:
    metrics = {
        "a": function_metric("Errors", "Average"),
        "b": function_metric("Errors", "Average", FunctionName="other"),
    }
    shared = metric_alarm(metrics, 50, "100*MAX([a,b])", name="all-functions")
    other = errors_of(Function("arn:other", "other", "/aws/lambda/other"))
    made = [
        created(fix_of(d, shared, fault="looser-threshold"))
        for d in (DEMANDS["errors of a function"], other)
    ]
    assert [alarm.name for alarm in made] == ["lambda-errors-orders", "lambda-errors-other"]
    assert offenders(other, [shared, *made]) == []


def test_disabled_actions_are_mended_by_enabling_them() -> None:
    alarm = function_alarm(actions_enabled=False, name="with 'quotes'")
    fix = fix_of(DEMANDS["errors of a function"], alarm, fault="actions-disabled")
    assert shlex.split(fix) == [
        *("aws", "cloudwatch", "enable-alarm-actions"),
        *("--alarm-names", "with 'quotes'", "--region", "us-east-1"),
    ]


def test_a_topic_that_nobody_hears_is_mended_by_subscribing_the_alert_address() -> None:
    [offender] = offenders(DEMANDS["errors of a function"], [function_alarm()], subscriptions=())
    assert shlex.split(offender.fix or "") == [
        *("aws", "sns", "subscribe", "--topic-arn", TOPIC, "--protocol", "email"),
        *("--notification-endpoint", "oncall@example.com", "--region", "us-east-1"),
    ]


@given(threshold=st.floats(1e-3, 1e7), kind=st.sampled_from([*DEFINITIONS]))
def test_the_fix_is_exact_for_any_threshold(threshold: float, kind: str) -> None:
    definition = replace(definition_of(kind), threshold=threshold)
    demand = next(demand for demand in DEMANDS.values() if demand.kind == kind)
    [missing] = offenders(demand, [], definition)
    assert offenders(demand, [created(missing.fix or "")], definition) == []


def test_a_fix_names_the_region_that_it_was_made_for() -> None:
    fix = fixes("eu-west-1", TOPIC, "oncall@example.com")
    command = fix(charges(ACCOUNT), definition_of("cost"), None, "missing")
    assert shlex.split(command)[-2:] == ["--region", "eu-west-1"]
