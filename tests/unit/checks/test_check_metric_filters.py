"""Metric filters that are demanded exist, and something reads what they count."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from example_alarms import IDENTITY, metric_alarm

from compliance.checks.metric_filters import metric_filters_feed_what_is_watched
from compliance.dashboard_body import parse
from compliance.facts.alarms import Alarm, Metric
from compliance.facts.dashboards import DashboardBody
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.model import Verdict

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
NAMED = {"log_group": "/shop", "filter": "gave-up"}
BY_METRIC = {"log_group": "/aws/lambda/*", "metric": "Rejected"}
GAVE_UP = MetricFilter("/shop", "gave-up", (CountedMetric("Shop", "GaveUp"),))


def judged(
    *filters: MetricFilter,
    alarms: Sequence[Alarm] = (),
    bodies: Sequence[DashboardBody] = (),
    demands: Sequence[Mapping[str, str]] = (NAMED,),
) -> Verdict:
    return metric_filters_feed_what_is_watched(
        filters, alarms, bodies, IDENTITY, filters=demands, topic=TOPIC
    )


def on(name: str = "GaveUp", namespace: str = "Shop", **by: str) -> Alarm:
    return metric_alarm(Metric(namespace, name, by, "Sum", 300), 1)


def dashboard(*metrics: list[Any]) -> DashboardBody:
    widgets = [{"type": "metric", "properties": {"metrics": list(metrics)}}]
    return parse("arn:d", "d", json.dumps({"widgets": widgets}), "us-east-1")


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


def test_a_filter_whose_metric_an_alarm_reads_holds() -> None:
    verdict = judged(GAVE_UP, alarms=[on()])
    assert verdict.evaluated == ("metric-filter:/shop/gave-up",)
    assert verdict.offenders == ()


def test_a_filter_whose_metric_a_dashboard_shows_holds() -> None:
    assert judged(GAVE_UP, bodies=[dashboard(["Shop", "GaveUp"])]).offenders == ()


def test_a_filter_whose_metric_nothing_reads_fails_with_an_alarm_as_its_fix() -> None:
    [offender] = judged(GAVE_UP, alarms=[on("Other"), on(namespace="Other")]).offenders
    assert offender.key == ("metric-filter:/shop/gave-up", "feeds-nothing")
    assert offender.observed == "no alarm or dashboard reads Shop GaveUp"
    assert offender.absent_from == ("alarms", "dashboard_bodies")
    assert "--namespace Shop --metric-name GaveUp" in str(offender.fix)
    assert f"--alarm-actions {TOPIC}" in str(offender.fix)


def test_one_of_a_filters_metrics_is_enough() -> None:
    two = MetricFilter("/shop", "gave-up", (CountedMetric("Shop", "X"), *GAVE_UP.metrics))
    assert judged(two, alarms=[on()]).offenders == ()


def test_a_metric_with_dimensions_is_another_than_that_without() -> None:
    by_tenant = CountedMetric("Shop", "GaveUp", frozenset({"Tenant"}))
    split = MetricFilter("/shop", "gave-up", (by_tenant,))
    [offender] = judged(split, alarms=[on()]).offenders
    assert offender.observed == "no alarm or dashboard reads Shop GaveUp by Tenant"
    assert offender.fix is None
    assert judged(split, alarms=[on(Tenant="a")]).offenders == ()
    assert faults(judged(split, alarms=[on(Customer="a")])) == ["feeds-nothing"]
    assert faults(judged(GAVE_UP, alarms=[on(Tenant="a")])) == ["feeds-nothing"]


@pytest.mark.parametrize(
    ("expression", "reads"),
    [
        ("SEARCH('{Shop,Tenant} MetricName=\"GaveUp\"', 'Sum')", True),
        ("SEARCH('{Shop,Tenant} MetricName=\"Other\"', 'Sum')", False),
        ("SELECT SUM(GaveUp) FROM Store", False),
    ],
)
def test_a_search_reads_the_metric_that_it_names(expression: str, *, reads: bool) -> None:
    body = dashboard([{"expression": expression}])
    assert faults(judged(GAVE_UP, bodies=[body])) == ([] if reads else ["feeds-nothing"])


def test_an_expression_of_an_alarm_reads_the_metric_that_it_names() -> None:
    query = "SELECT SUM(GaveUp) FROM Shop"
    alarm = metric_alarm({}, 1, query)
    assert judged(GAVE_UP, alarms=[alarm]).offenders == ()


def test_a_filter_that_is_missing_fails_as_the_baseline_names_it() -> None:
    [offender] = judged().offenders
    assert offender.key == ("metric-filter:/shop/gave-up", "missing")
    assert offender.absent_from == ("metric_filters",)


def test_a_filter_of_another_group_is_another() -> None:
    elsewhere = MetricFilter("/store", "gave-up", GAVE_UP.metrics)
    assert faults(judged(elsewhere, alarms=[on()])) == ["missing"]


def test_a_filter_is_found_by_its_metric_in_groups_of_a_pattern() -> None:
    rejected = MetricFilter("/aws/lambda/a", "any", (CountedMetric("Shop", "Rejected"),))
    found = judged(rejected, alarms=[on("Rejected")], demands=[BY_METRIC])
    assert (found.evaluated, found.offenders) == (
        ("metric-filter:/aws/lambda/*/metric Rejected",),
        (),
    )
    assert faults(judged(GAVE_UP, demands=[BY_METRIC])) == ["missing"]


def test_every_filter_that_answers_is_judged() -> None:
    filters = [
        MetricFilter(f"/aws/lambda/{name}", "any", (CountedMetric(name, "Rejected"),))
        for name in ("a", "b")
    ]
    verdict = judged(*filters, alarms=[on("Rejected", "a")], demands=[BY_METRIC])
    assert [offender.key for offender in verdict.offenders] == [
        ("metric-filter:/aws/lambda/b/any", "feeds-nothing")
    ]


def test_a_filter_that_nobody_asked_for_is_not_judged() -> None:
    assert judged(GAVE_UP, MetricFilter("/x", "y", ()), alarms=[on()]).offenders == ()


def test_a_baseline_without_filters_asks_for_none() -> None:
    assert judged(GAVE_UP, demands=()).inapplicable == "the baseline names no metric filters"
