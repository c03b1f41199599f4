"""Which alarms meet which demand: by what they watch and compute, never by their name."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from example_alarms import (
    ACCOUNT,
    FUNCTION,
    HTTP,
    REST,
    TABLE,
    WEBSOCKET,
    api_metric,
    charges_alarm,
    charges_metric,
    definition_of,
    error_rate_alarm,
    faults,
    function_alarm,
    function_metric,
    latency_alarm,
    metric_alarm,
    offenders,
    table_metric,
    throttle_alarm,
    with_period,
)
from hypothesis import given
from hypothesis import strategies as st

from compliance.alarms.demand import (
    READS,
    WRITES,
    Demand,
    charges,
    error_rate_of,
    errors_of,
    latency_of,
    throttles_of,
)
from compliance.facts.alarms import Metric, MetricAlarm
from compliance.facts.functions import Function

PROD = ["prod"]
ERROR_RATE = error_rate_of(REST, PROD)
LATENCY = latency_of(REST, PROD)
ERRORS = errors_of(FUNCTION)
THROTTLES = throttles_of(TABLE)
CHARGES = charges(ACCOUNT)
RATIO = {"e": api_metric("5XXError"), "n": api_metric("Count")}
OF_FUNCTION = {"e": function_metric("Errors"), "n": function_metric("Invocations")}
OTHER = {
    "e2": function_metric("Errors", FunctionName="other"),
    "n2": function_metric("Invocations", FunctionName="other"),
}


# Rates


def test_the_average_of_errors_is_a_rate() -> None:
    assert faults(ERROR_RATE, error_rate_alarm()) == set()


def test_a_tighter_threshold_is_fine() -> None:
    assert faults(ERRORS, function_alarm(0.01)) == set()


def test_a_looser_threshold_fails_in_the_baselines_unit() -> None:
    [offender] = offenders(ERRORS, [function_alarm(0.2)])
    assert (offender.fault, offender.observed) == ("looser-threshold", "threshold 20 percent")
    assert offender.expected == "above 5 percent, 2 of 2 periods of 300 s"


@pytest.mark.parametrize("threshold", [0.05, 0.05000000000000001])
def test_a_threshold_is_compared_without_the_noise_of_fractions(threshold: float) -> None:
    assert faults(ERRORS, function_alarm(threshold)) == set()


@pytest.mark.parametrize(
    ("expression", "threshold"),
    [
        ("e/n", 0.05),
        ("100*(e/n)", 5),
        ("e/n*100", 5),
        ("IF(n>0, e/n*100, 0)", 5),
        ("IF(n > 0 AND e > 0, 100*e/n, 0)", 5),
        ("100*FILL(e,0)/FILL(n,1)", 5),
        ("100*SUM([e])/SUM([n])", 5),
        ("1000*e/n", 50),
    ],
)
def test_a_rate_by_metric_math_is_judged_in_its_own_unit(expression: str, threshold: float) -> None:
    assert faults(ERROR_RATE, metric_alarm(RATIO, threshold, expression)) == set()
    looser = metric_alarm(RATIO, threshold * 1.2, expression)
    assert faults(ERROR_RATE, looser) == {("the-alarm", "looser-threshold")}


def test_a_percentage_set_as_if_it_were_a_fraction_is_looser() -> None:
    [offender] = offenders(ERROR_RATE, [metric_alarm(RATIO, 5, "e/n")])
    assert offender.observed == "threshold 500 percent"


def test_a_rate_may_be_written_by_way_of_other_expressions() -> None:
    nested = {"errors": "e", "total": "n", "ratio": "errors/total", "watched": "ratio*100"}
    assert faults(ERROR_RATE, metric_alarm(RATIO, 5, nested)) == set()


def test_an_average_may_be_scaled_to_percent() -> None:
    metrics = {"e": function_metric("Errors", "Average")}
    assert faults(ERRORS, metric_alarm(metrics, 5, "e*100")) == set()


def test_the_number_of_samples_counts_the_requests() -> None:
    metrics = {"e": api_metric("5XXError"), "n": api_metric("5XXError", "SampleCount")}
    assert faults(ERROR_RATE, metric_alarm(metrics, 5, "100*e/n")) == set()


@pytest.mark.parametrize("statistic", ["Sum", "Maximum", "p95", "Minimum"])
def test_a_statistic_that_is_no_rate_fails(statistic: str) -> None:
    alarm = metric_alarm(function_metric("Errors", statistic), 0.05)
    [offender] = offenders(ERRORS, [alarm])
    assert (offender.fault, offender.observed) == ("not-a-rate", f"statistic {statistic}")


def test_the_number_of_samples_of_errors_watches_no_errors() -> None:
    alarm = metric_alarm(function_metric("Errors", "SampleCount"), 0.05)
    assert faults(ERRORS, alarm) == {("alarm:lambda-errors/orders", "missing")}


def test_a_share_of_averages_is_no_rate() -> None:
    metrics = {"e": function_metric("Errors", "Average"), "n": function_metric("Invocations")}
    assert faults(ERRORS, metric_alarm(metrics, 5, "100*e/n")) == {("the-alarm", "not-a-rate")}


def test_errors_over_an_average_of_requests_are_no_rate() -> None:
    metrics = {"e": function_metric("Errors"), "n": function_metric("Invocations", "Average")}
    [offender] = offenders(ERRORS, [metric_alarm(metrics, 5, "100*e/n")])
    assert offender.fault == "not-a-rate"
    assert offender.observed == "statistic Sum over what counts no requests"


def test_a_count_of_errors_without_their_total_is_no_rate() -> None:
    alarm = metric_alarm({"e": function_metric("Errors")}, 0.01, "e/100")
    assert faults(ERRORS, alarm) == {("the-alarm", "not-a-rate")}


def test_a_rate_that_counts_only_busy_periods_is_not_understood() -> None:
    alarm = metric_alarm(RATIO, 5, "IF(n>50000, 100*e/n, 0)")
    assert faults(ERROR_RATE, alarm) == {("the-alarm", "expression-not-understood")}


@pytest.mark.parametrize(
    "expression",
    [
        "SEARCH('{AWS/ApiGateway,ApiName} MetricName=\"5XXError\"', 'Sum', 300)",
        "n/e",
        "n-e",
        "0-e/n",
        "e*e/n",
        "RATE(e)",
        "0*e",
    ],
)
def test_an_expression_that_is_no_rate_is_named_with_its_text(expression: str) -> None:
    [offender] = offenders(ERROR_RATE, [metric_alarm(RATIO, 5, expression)])
    assert offender.fault == "expression-not-understood"
    assert offender.observed == f"what it computes cannot be told: {expression}"


# Over several functions


def test_the_maximum_over_functions_follows_each_of_them() -> None:
    alarm = metric_alarm(OF_FUNCTION | OTHER, 5, "MAX([100*e/n, 100*e2/n2])")
    other = errors_of(Function("arn:other", "other", "/aws/lambda/other"))
    assert faults(ERRORS, alarm) == set()
    assert faults(other, alarm) == set()


def test_a_maximum_over_expressions_by_id_follows_each_of_them() -> None:
    expressions = {"a": "e/n", "b": "e2/n2", "worst": "100*MAX([a, b])"}
    assert faults(ERRORS, metric_alarm(OF_FUNCTION | OTHER, 5, expressions)) == set()


@pytest.mark.parametrize(
    "expression", ["100*(e+e2)/(n+n2)", "100*SUM([e,e2])/SUM([n,n2])", "MIN([e/n, e2/n2])"]
)
def test_functions_that_are_pooled_do_not_count(expression: str) -> None:
    alarm = metric_alarm(OF_FUNCTION | OTHER, 5, expression)
    assert faults(ERRORS, alarm) == {("the-alarm", "expression-not-understood")}


def test_an_average_over_functions_needs_a_threshold_that_much_tighter() -> None:
    expression = "AVG([100*e/n, 100*e2/n2])"
    assert faults(ERRORS, metric_alarm(OF_FUNCTION | OTHER, 2.5, expression)) == set()
    [offender] = offenders(ERRORS, [metric_alarm(OF_FUNCTION | OTHER, 5, expression)])
    assert offender.observed == "threshold 10 percent"


def test_an_alarm_on_all_functions_together_does_not_count() -> None:
    together = metric_alarm(Metric("AWS/Lambda", "Errors", {}, "Average", 300), 0.05)
    assert faults(ERRORS, together) == {("alarm:lambda-errors/orders", "missing")}


# Percentiles


@pytest.mark.parametrize("statistic", ["p95", "p95.0", "p99", "p99.9", "Maximum"])
def test_a_percentile_at_least_as_high_is_fine(statistic: str) -> None:
    assert faults(LATENCY, latency_alarm(statistic)) == set()


@pytest.mark.parametrize("statistic", ["p90", "p94.9", "Average", "Minimum", "tm99", "IQM", "px"])
def test_a_lower_percentile_and_an_average_hide_the_slow_requests(statistic: str) -> None:
    [offender] = offenders(LATENCY, [latency_alarm(statistic)])
    assert (offender.fault, offender.observed) == ("wrong-statistic", f"statistic {statistic}")
    assert offender.expected == "above 2000 milliseconds (p95), 2 of 3 periods of 300 s"


def test_latency_in_seconds_is_judged_in_milliseconds() -> None:
    metrics = {"l": api_metric("Latency", "p95")}
    assert faults(LATENCY, metric_alarm(metrics, 2, "l/1000", of=(2, 3))) == set()
    [offender] = offenders(LATENCY, [metric_alarm(metrics, 2.5, "l/1000", of=(2, 3))])
    assert offender.observed == "threshold 2500 milliseconds"


def test_the_latency_of_the_integration_alone_is_not_what_callers_see() -> None:
    alarm = metric_alarm(api_metric("IntegrationLatency", "p95"), 2000, of=(2, 3))
    assert faults(LATENCY, alarm) == {("alarm:api-latency/shop", "missing")}


# Periods, datapoints, comparison, band


@pytest.mark.parametrize("of", [(1, 1), (1, 2), (2, 3), (3, 3)])
def test_other_datapoints_than_the_baselines_fail(of: tuple[int, int]) -> None:
    [offender] = offenders(ERRORS, [function_alarm(of=of)])
    assert offender.fault == "wrong-datapoints"
    assert offender.observed == f"{of[0]} of {of[1]} periods"


@pytest.mark.parametrize("seconds", [60, 3600])
def test_another_period_than_the_baselines_fails(seconds: int) -> None:
    [offender] = offenders(ERRORS, [with_period(function_alarm(), seconds)])
    assert (offender.fault, offender.observed) == ("wrong-period", f"periods of {seconds} s")


def test_every_metric_of_the_subject_needs_the_right_period() -> None:
    metrics = RATIO | {"n": replace(RATIO["n"], period_seconds=60)}
    [offender] = offenders(ERROR_RATE, [metric_alarm(metrics, 5, "100*e/n")])
    assert (offender.fault, offender.observed) == ("wrong-period", "periods of 60, 300 s")


def test_at_or_above_the_threshold_is_tighter_and_fine() -> None:
    alarm = function_alarm(comparison="GreaterThanOrEqualToThreshold")
    assert faults(ERRORS, alarm) == set()


@pytest.mark.parametrize("comparison", ["LessThanThreshold", "LessThanOrEqualToThreshold"])
def test_a_comparison_the_wrong_way_fails(comparison: str) -> None:
    [offender] = offenders(ERRORS, [function_alarm(comparison=comparison)])
    assert offender.fault == "wrong-comparison"
    assert offender.observed == f"it compares with {comparison}"


def test_an_anomaly_band_has_no_threshold_to_compare() -> None:
    alarm = metric_alarm(
        {"e": function_metric("Errors", "Average")},
        None,
        {"band": "ANOMALY_DETECTION_BAND(e, 2)"},
        band="band",
        comparison="GreaterThanUpperThreshold",
    )
    [offender] = offenders(ERRORS, [replace(alarm, watched="e")])
    assert offender.fault == "anomaly-band"
    assert offender.observed == "an anomaly band, not a threshold"


def test_an_alarm_without_a_threshold_is_not_understood() -> None:
    [offender] = offenders(ERRORS, [replace(function_alarm(), threshold=None)])
    assert (offender.fault, offender.observed) == (
        "expression-not-understood",
        "it has no threshold",
    )


def test_an_alarm_with_several_faults_is_named_with_each() -> None:
    alarm = with_period(function_alarm(0.5, of=(1, 1), actions=()), 60)
    assert {fault for _, fault in faults(ERRORS, alarm)} == {
        "looser-threshold",
        "wrong-datapoints",
        "wrong-period",
        "no-action",
    }


# One good alarm is enough


def test_one_good_alarm_among_bad_ones_is_enough() -> None:
    good = function_alarm(name="any-name-at-all")
    bad = [function_alarm(0.5, name="loose"), function_alarm(actions=(), name="mute")]
    assert faults(ERRORS, *bad, good) == set()


def test_two_half_good_alarms_are_both_named() -> None:
    loose, mute = function_alarm(0.5, name="loose"), function_alarm(actions=(), name="mute")
    assert faults(ERRORS, loose, mute) == {("loose", "looser-threshold"), ("mute", "no-action")}


def test_a_finding_rests_on_the_facts_that_could_have_made_another_alarm_good() -> None:
    loose = function_alarm(0.5, name="loose")
    unheard = function_alarm(actions=("arn:aws:sns:us-east-1:123456789012:gone",), name="unheard")
    found = {o.fault: set(o.absent_from) for o in offenders(ERRORS, [loose, unheard])}
    assert found == {"looser-threshold": {"alarms", "topics"}, "topic-gone": {"alarms", "topics"}}


def test_nothing_at_all_is_named_as_the_baseline_names_it() -> None:
    [offender] = offenders(ERROR_RATE, [])
    assert offender.key == ("alarm:api-error-rate/shop", "missing")
    assert offender.observed == "nothing watches it"
    assert offender.expected == "an alarm above 5 percent, 2 of 2 periods of 300 s"
    assert offender.absent_from == ("alarms",)


def test_an_alarm_on_another_metric_of_the_subject_is_not_mentioned() -> None:
    [offender] = offenders(ERROR_RATE, [latency_alarm()])
    assert offender.observed == "nothing watches it"


# Dimensions


@pytest.mark.parametrize(
    "dimensions",
    [
        {"ApiName": "shop", "Stage": "dev"},
        {"ApiName": "shop", "Stage": "prod", "Method": "GET", "Resource": "/orders"},
    ],
)
def test_a_part_of_an_api_is_not_the_api(dimensions: dict[str, str]) -> None:
    narrow = metric_alarm(api_metric("5XXError", "Average", **dimensions), 0.05, name="narrow")
    [offender] = offenders(ERROR_RATE, [narrow])
    assert offender.fault == "missing"
    assert offender.observed == "nothing watches it whole: narrow sees only a part"


def test_a_rate_over_the_requests_of_one_stage_is_not_the_apis() -> None:
    metrics = RATIO | {"n": api_metric("Count", ApiName="shop", Stage="dev")}
    alarm = metric_alarm(metrics, 5, "100*e/n")
    assert faults(ERROR_RATE, alarm) == {("alarm:api-error-rate/shop", "missing")}


def test_the_production_stage_is_the_api() -> None:
    metric = api_metric("5XXError", "Average", ApiName="shop", Stage="prod")
    assert faults(ERROR_RATE, metric_alarm(metric, 0.05)) == set()


# Several production stages

BOTH = ["prod", "live"]


def on_stage(stage: str, threshold: float = 0.05, **others: Any) -> MetricAlarm:
    metric = api_metric("5XXError", "Average", ApiName="shop", Stage=stage)
    return metric_alarm(metric, threshold, **{"name": f"on-{stage}", **others})


def test_each_production_stage_that_exists_needs_to_be_watched() -> None:
    demand = error_rate_of(REST, BOTH, BOTH)
    assert faults(demand, on_stage("prod"), on_stage("live")) == set()
    [offender] = offenders(demand, [on_stage("prod")])
    assert offender.key == ("alarm:api-error-rate/shop", "missing")
    assert offender.observed == "nothing watches it on stage live"
    assert offender.absent_from == ("alarms",)


def test_what_watches_the_api_whole_watches_each_of_its_stages() -> None:
    assert faults(error_rate_of(REST, BOTH, BOTH), error_rate_alarm()) == set()


def test_a_faulty_alarm_on_one_stage_is_not_excused_by_a_good_one_on_another() -> None:
    demand = error_rate_of(REST, BOTH, BOTH)
    loose = on_stage("prod", 0.5)
    assert faults(demand, loose, on_stage("live")) == {("on-prod", "looser-threshold")}


def test_one_alarm_may_follow_the_worst_of_the_stages() -> None:
    metrics = {
        f"{metric}{at}": api_metric(name, ApiName="shop", Stage=stage)
        for at, stage in enumerate(BOTH)
        for metric, name in (("e", "5XXError"), ("n", "Count"))
    }
    worst = metric_alarm(metrics, 5, "MAX([100*e0/n0, 100*e1/n1])")
    assert faults(error_rate_of(REST, BOTH, BOTH), worst) == set()


def test_an_alarm_on_a_stage_that_does_not_exist_watches_nothing() -> None:
    demand = latency_of(REST, BOTH, ["prod", "dev"])
    metric = api_metric("Latency", "p95", ApiName="shop", Stage="live")
    assert faults(demand, metric_alarm(metric, 2000, of=(2, 3))) == {
        ("alarm:api-latency/shop", "missing")
    }


def test_a_faulty_alarm_on_a_stage_may_be_on_none_that_exists() -> None:
    """Where the stages were not read whole, it proves nothing by itself."""
    [offender] = offenders(error_rate_of(REST, BOTH, []), [on_stage("live", 0.5)])
    assert offender.absent_from == ("alarms", "rest_stages")
    [offender] = offenders(error_rate_of(REST, ["live"], []), [on_stage("live", 0.5)])
    assert offender.absent_from == ("alarms",)


# What it asks for is not what is published here


@pytest.mark.parametrize(
    ("demand", "alarm", "own"),
    [
        (ERRORS, function_alarm(), "Count"),
        (LATENCY, latency_alarm(), "Milliseconds"),
        (THROTTLES, throttle_alarm(), "Count"),
        (CHARGES, charges_alarm(), "None"),
    ],
)
def test_a_unit_must_be_the_one_that_the_metric_is_published_in(
    demand: Demand, alarm: MetricAlarm, own: str
) -> None:
    assert faults(demand, with_unit(alarm, own)) == set()
    [offender] = offenders(demand, [with_unit(alarm, "Percent")])
    assert offender.key == (alarm.arn, "wrong-unit")
    assert offender.observed == "it only takes what is in Percent: nothing is"
    assert offender.expected == "no unit, or the one that the metric is published in"


def with_unit(alarm: MetricAlarm, unit: str) -> MetricAlarm:
    return replace(alarm, metrics={i: replace(m, unit=unit) for i, m in alarm.metrics.items()})


def test_the_unit_of_the_total_matters_too() -> None:
    metrics = RATIO | {"n": replace(RATIO["n"], unit="Seconds")}
    assert faults(ERROR_RATE, metric_alarm(metrics, 5, "100*e/n")) == {("the-alarm", "wrong-unit")}


def test_the_metric_of_another_account_is_not_ours() -> None:
    theirs = {i: replace(m, account="999999999999") for i, m in OF_FUNCTION.items()}
    assert faults(ERRORS, metric_alarm(theirs, 5, "100*e/n")) == {
        ("alarm:lambda-errors/orders", "missing")
    }


def test_a_rest_api_is_known_by_its_name_and_not_by_its_id() -> None:
    alarm = metric_alarm(api_metric("5XXError", "Average", ApiId="r1"), 0.05)
    assert faults(ERROR_RATE, alarm) == {("alarm:api-error-rate/shop", "missing")}


@pytest.mark.parametrize(("name", "known_as"), [("Lädchen", "Ldchen"), ("店", "r1")])
def test_a_rest_api_is_known_by_what_is_ascii_in_its_name(name: str, known_as: str) -> None:
    alarm = metric_alarm(api_metric("5XXError", "Average", ApiName=known_as), 0.05)
    assert faults(error_rate_of(replace(REST, name=name), PROD), alarm) == set()


def test_an_http_api_is_known_by_its_id_and_its_own_metric_names() -> None:
    metric = api_metric("5xx", "Average", ApiId="h1")
    assert faults(error_rate_of(HTTP, PROD), metric_alarm(metric, 0.05)) == set()
    latency = metric_alarm(api_metric("Latency", "p95", ApiId="h1"), 2000, of=(2, 3))
    assert faults(latency_of(HTTP, PROD), latency) == set()


def test_an_alias_is_only_a_part_of_a_function() -> None:
    metric = function_metric("Errors", "Average", Resource="orders:live")
    [offender] = offenders(ERRORS, [metric_alarm(metric, 0.05, name="live-only")])
    assert offender.observed == "nothing watches it whole: live-only sees only a part"


def test_other_namespaces_are_other_metrics() -> None:
    metric = replace(function_metric("Errors", "Average"), namespace="Shop")
    assert faults(ERRORS, metric_alarm(metric, 0.05)) == {("alarm:lambda-errors/orders", "missing")}


def test_more_than_three_narrow_alarms_are_named_by_the_first_three() -> None:
    narrow = [
        metric_alarm(function_metric("Errors", "Average", Resource=f"orders:{n}"), 0.05, name=n)
        for n in "dcba"
    ]
    [offender] = offenders(ERRORS, narrow)
    assert offender.observed == "nothing watches it whole: a, b, c see only a part"


# WebSocket APIs have two kinds of errors

SOCKET = error_rate_of(WEBSOCKET, PROD)
SOCKET_METRICS = {
    name: api_metric(metric, ApiId="w1")
    for name, metric in {
        "i": "IntegrationError",
        "x": "ExecutionError",
        "n": "MessageCount",
        "c": "ConnectCount",
    }.items()
}


def socket_alarm(
    threshold: float, expression: str, *ids: str, name: str = "the-alarm"
) -> MetricAlarm:
    return metric_alarm({i: SOCKET_METRICS[i] for i in ids}, threshold, expression, name=name)


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("100*(i+x)/n", "ixn"),
        ("100*MAX([i,x])/n", "ixn"),
        ("MAX([100*i/n, 100*x/n])", "ixn"),
        ("100*(i+x)/(n+c)", "ixnc"),
        ("100*(i+x)/n", "ixnc"),
    ],
)
def test_both_errors_of_a_websocket_api_may_be_in_one_alarm(expression: str, ids: str) -> None:
    assert faults(SOCKET, socket_alarm(5, expression, *ids)) == set()
    looser = socket_alarm(5.5, expression, *ids)
    assert faults(SOCKET, looser) == {("the-alarm", "looser-threshold")}


def test_both_errors_of_a_websocket_api_may_have_alarms_of_their_own() -> None:
    integration = socket_alarm(5, "100*i/n", "i", "n", name="integration")
    execution = socket_alarm(5, "100*x/n", "x", "n", name="execution")
    assert faults(SOCKET, integration, execution) == set()


def test_one_error_of_a_websocket_api_alone_is_half_of_it() -> None:
    [offender] = offenders(SOCKET, [socket_alarm(5, "100*i/n", "i", "n")])
    assert offender.key == ("alarm:api-error-rate/live/w1", "missing")
    assert offender.observed == "nothing watches ExecutionError"


def test_a_metric_that_the_expression_leaves_out_is_not_watched() -> None:
    [offender] = offenders(SOCKET, [socket_alarm(2, "100*i/n", "i", "x", "n")])
    assert offender.observed == "nothing watches ExecutionError"


def test_a_part_that_can_hide_another_is_not_understood() -> None:
    alarm = socket_alarm(5, "IF(x>0, 0, 100*i/n)", "i", "x", "n")
    assert faults(SOCKET, alarm) == {("the-alarm", "expression-not-understood")}


def test_a_bad_alarm_on_what_a_good_one_watches_is_not_named() -> None:
    good = socket_alarm(5, "100*i/n", "i", "n", name="good")
    loose = socket_alarm(50, "100*i/n", "i", "n", name="loose")
    assert faults(SOCKET, good, loose) == {("alarm:api-error-rate/live/w1", "missing")}


def test_the_latency_of_a_websocket_api_is_that_of_its_integrations() -> None:
    alarm = metric_alarm(api_metric("IntegrationLatency", "p95", ApiId="w1"), 2000, of=(2, 3))
    assert faults(latency_of(WEBSOCKET, PROD), alarm) == set()


# Tables


def test_reads_and_writes_may_be_in_one_alarm() -> None:
    assert faults(THROTTLES, throttle_alarm()) == set()


def by_operation(*operations: str, name: str = "the-alarm", threshold: float = 10) -> MetricAlarm:
    metrics = {
        f"m{n}": table_metric("ThrottledRequests", Operation=o) for n, o in enumerate(operations)
    }
    return metric_alarm(metrics, threshold, "+".join(metrics), of=(1, 1), name=name)


def one_event(name: str, threshold: float = 10, **dimensions: str) -> MetricAlarm:
    return metric_alarm(table_metric(name, **dimensions), threshold, of=(1, 1), name=name)


def test_reads_and_writes_may_have_alarms_of_their_own() -> None:
    assert (
        faults(THROTTLES, one_event("ReadThrottleEvents"), one_event("WriteThrottleEvents"))
        == set()
    )


def test_the_greater_of_reads_and_writes_is_as_good_as_an_alarm_on_each() -> None:
    metrics = {"r": table_metric("ReadThrottleEvents"), "w": table_metric("WriteThrottleEvents")}
    assert faults(THROTTLES, metric_alarm(metrics, 10, "MAX([r,w])", of=(1, 1))) == set()


def test_reads_alone_leave_the_writes_unwatched() -> None:
    [offender] = offenders(THROTTLES, [one_event("ReadThrottleEvents")])
    assert offender.key == ("alarm:dynamodb-throttles/parcels", "missing")
    assert offender.observed == "nothing watches writes"


def test_writes_that_the_expression_leaves_out_are_not_watched() -> None:
    metrics = {"r": table_metric("ReadThrottleEvents"), "w": table_metric("WriteThrottleEvents")}
    [offender] = offenders(THROTTLES, [metric_alarm(metrics, 4, "r", of=(1, 1))])
    assert offender.observed == "nothing watches writes"


def test_throttled_requests_by_table_alone_never_have_a_datapoint() -> None:
    [offender] = offenders(THROTTLES, [one_event("ThrottledRequests")])
    assert offender.key == ("alarm:dynamodb-throttles/parcels", "missing")
    assert offender.observed == "nothing watches it"


def test_throttle_events_by_operation_never_have_a_datapoint() -> None:
    alarms = [one_event(f"{e}ThrottleEvents", Operation="Query") for e in ("Read", "Write")]
    assert faults(THROTTLES, *alarms) == {("alarm:dynamodb-throttles/parcels", "missing")}


def test_throttled_requests_of_every_operation_are_reads_and_writes() -> None:
    assert faults(THROTTLES, by_operation(*READS, *WRITES, "TransactGetItems")) == set()


def test_operations_may_be_spread_over_alarms() -> None:
    each = [by_operation(operation, name=operation) for operation in READS | WRITES]
    assert faults(THROTTLES, *each) == set()


def test_one_operation_is_only_a_part_of_the_reads() -> None:
    alarms = [by_operation("Query", name="queries"), one_event("WriteThrottleEvents")]
    [offender] = offenders(THROTTLES, alarms)
    assert offender.observed == "nothing watches reads whole: queries sees only a part"


def test_an_index_is_only_a_part_of_its_table() -> None:
    index = one_event("ReadThrottleEvents", GlobalSecondaryIndexName="by-date")
    [offender] = offenders(THROTTLES, [index])
    expected = "nothing watches it whole: ReadThrottleEvents sees only a part"
    assert offender.observed == expected


def test_a_looser_alarm_on_writes_is_named_where_reads_are_fine() -> None:
    reads, writes = one_event("ReadThrottleEvents"), one_event("WriteThrottleEvents", 100)
    assert faults(THROTTLES, reads, writes) == {("WriteThrottleEvents", "looser-threshold")}


@pytest.mark.parametrize("statistic", ["Average", "Maximum"])
def test_throttles_are_counted_by_their_sum(statistic: str) -> None:
    metrics = {
        "r": table_metric("ReadThrottleEvents", statistic),
        "w": table_metric("WriteThrottleEvents", statistic),
    }
    alarm = metric_alarm(metrics, 10, "r+w", of=(1, 1))
    assert faults(THROTTLES, alarm) == {("the-alarm", "wrong-statistic")}


# Charges


def test_the_accounts_charges_are_watched_by_currency() -> None:
    assert faults(CHARGES, charges_alarm()) == set()


def test_the_charges_of_this_linked_account_are_the_accounts() -> None:
    metric = charges_metric(LinkedAccount=ACCOUNT)
    assert faults(CHARGES, metric_alarm(metric, 1500, of=(1, 1))) == set()


@pytest.mark.parametrize(
    "dimensions", [{"ServiceName": "AmazonEC2"}, {"LinkedAccount": "999999999999"}]
)
def test_the_charges_of_one_service_or_another_account_are_not(dimensions: dict[str, str]) -> None:
    alarm = metric_alarm(charges_metric(**dimensions), 1500, of=(1, 1), name="narrow")
    [offender] = offenders(CHARGES, [alarm])
    assert offender.key == ("alarm:cost/account", "missing")
    assert offender.observed == "nothing watches it whole: narrow sees only a part"


def test_charges_only_grow_so_their_maximum_is_what_was_spent() -> None:
    alarm = metric_alarm(charges_metric("Average"), 1500, of=(1, 1))
    assert faults(CHARGES, alarm) == {("the-alarm", "wrong-statistic")}


# Properties

_alarms = st.sampled_from(
    [
        one_event("ReadThrottleEvents"),
        replace(one_event("WriteThrottleEvents", 100), name="loose-writes"),
        one_event("WriteThrottleEvents"),
        by_operation(*READS, name="read-operations"),
        by_operation("PutItem", "UpdateItem", name="some-writes"),
        throttle_alarm(name="both"),
        throttle_alarm(50, name="both-loose"),
        throttle_alarm(actions=(), name="both-mute"),
        replace(one_event("ReadThrottleEvents", GlobalSecondaryIndexName="by-date"), name="index"),
    ]
)
_several_alarms = st.lists(_alarms, unique_by=lambda alarm: alarm.name)


@given(_several_alarms, st.data())
def test_removing_alarms_meets_no_demand(alarms: list[MetricAlarm], data: st.DataObject) -> None:
    fewer = [alarm for alarm in alarms if data.draw(st.booleans())]
    if not faults(THROTTLES, *fewer):
        assert faults(THROTTLES, *alarms) == set()


@given(_several_alarms, st.floats(1, 1000))
def test_a_looser_threshold_never_removes_an_offender(alarms: list[MetricAlarm], by: float) -> None:
    looser = [replace(a, threshold=a.threshold * by) for a in alarms if a.threshold]
    assert faults(THROTTLES, *alarms) <= faults(THROTTLES, *looser)


@given(_several_alarms, st.randoms())
def test_the_order_of_alarms_changes_nothing(alarms: list[MetricAlarm], random: Random) -> None:
    def sentences(alarms: list[MetricAlarm]) -> set[str]:
        return set(map(str, offenders(THROTTLES, alarms)))

    assert sentences(random.sample(alarms, len(alarms))) == sentences(alarms)


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_an_alarm_counts_exactly_when_its_threshold_is_no_looser(
    found: float, wanted: float
) -> None:
    definition = replace(definition_of("cost"), threshold=wanted)
    looser = bool(offenders(CHARGES, [charges_alarm(found)], definition))
    assert looser is (found > wanted * (1 + 1e-9))
