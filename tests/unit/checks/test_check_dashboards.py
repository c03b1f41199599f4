"""Dashboards exist, open, refer to what exists, and show it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from example_alarms import ACCOUNT, FUNCTION, IDENTITY, error_rate_alarm

from compliance.checks.dashboards import (
    dashboards_exist,
    dashboards_open,
    graphs_have_data,
    widgets_refer_to_what_exists,
)
from compliance.dashboard_body import parse
from compliance.facts.alarms import Alarm
from compliance.facts.dashboards import (
    Dashboard,
    DashboardBody,
    GraphedExpression,
    GraphedMetric,
)
from compliance.facts.logs import LogGroup
from compliance.facts.metrics import MetricQuery
from compliance.facts.regions import Region
from compliance.model import Identity, Verdict

ARN = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/ops"
HOME, FAR = "us-east-1", "eu-west-1"
REGIONS = [Region(HOME, enabled=True), Region(FAR, enabled=True), Region("af-x", enabled=False)]
ALARM = error_rate_alarm(name="errors")
GROUP = LogGroup("arn:group", "/orders", 30)


def body_of(*widgets: Any) -> DashboardBody:
    return parse(ARN, "ops", json.dumps({"widgets": widgets}), HOME)


def graph(*metrics: list[Any], **drawn: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"title": "t", "metrics": list(metrics), **drawn}}


def seen(
    name: str = "M",
    *,
    in_window: bool = True,
    lately: bool = True,
    region: str = HOME,
    stat: str = "Average",
) -> GraphedMetric:
    return GraphedMetric(region, MetricQuery("A", name, (), stat, 3600), in_window, lately)


def said(line: str, *, has_data: bool, refused: str | None = None) -> GraphedExpression:
    return GraphedExpression("widget:ops/t", line, has_data, refused)


def shown(
    *widgets: Any,
    metrics: Sequence[GraphedMetric] = (),
    expressions: Sequence[GraphedExpression] = (),
    silent: Sequence[str] = (),
) -> Verdict:
    return graphs_have_data(
        [body_of(*widgets)], metrics, expressions, IDENTITY, window_hours=24, silent_metrics=silent
    )


def referred(
    *bodies: DashboardBody,
    metrics: Sequence[GraphedMetric] = (),
    expressions: Sequence[GraphedExpression] = (),
    alarms: Sequence[Alarm] = (ALARM,),
    billing: Sequence[Alarm] = (ALARM,),
    identity: Identity = IDENTITY,
    silent: Sequence[str] = (),
) -> Verdict:
    return widgets_refer_to_what_exists(
        bodies,
        REGIONS,
        metrics,
        expressions,
        alarms,
        billing,
        [FUNCTION],
        [GROUP],
        identity,
        known_days=14,
        silent_metrics=silent,
    )


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


# That there are any


def test_a_dashboard_that_is_listed_exists() -> None:
    verdict = dashboards_exist([Dashboard(ARN, "ops"), Dashboard("arn:b", "b")], named=["ops"])
    assert (verdict.evaluated, verdict.offenders) == (("dashboard:ops",), ())


def test_a_dashboard_of_another_case_is_another() -> None:
    [offender] = dashboards_exist([Dashboard(ARN, "Ops")], named=["ops"]).offenders
    assert offender.key == ("dashboard:ops", "missing")
    assert offender.absent_from == ("dashboards",)
    assert str(offender.fix).startswith("aws cloudwatch put-dashboard --dashboard-name ops ")


def test_a_dashboard_that_answers_opens_whatever_is_in_it() -> None:
    bodies = [parse(ARN, "ops", "{", HOME)]
    assert dashboards_open(bodies, named=["ops"]).offenders == ()


def test_a_dashboard_that_does_not_answer_fails() -> None:
    [offender] = dashboards_open([], named=["ops"]).offenders
    assert offender.key == ("dashboard:ops", "does-not-open")
    assert offender.absent_from == ("dashboard_bodies",)


def test_a_baseline_without_dashboards_asks_for_none() -> None:
    assert dashboards_exist([], named=[]).inapplicable
    assert dashboards_open([], named=[]).inapplicable


# That they show something


def test_a_graph_with_a_point_in_the_window_holds() -> None:
    verdict = shown(graph(["A", "M"]), metrics=[seen()])
    assert (verdict.evaluated, verdict.offenders) == (("widget:ops/t",), ())


def test_a_graph_without_a_point_fails_under_its_title() -> None:
    [offender] = shown(
        graph(["A", "M"], ["A", "N"]), metrics=[seen(in_window=False), seen("N", in_window=False)]
    ).offenders
    assert offender.key == ("widget:ops/t", "shows-nothing")
    assert offender.observed == "no data in 24 hours of A M and 1 more"
    assert "--dashboard-name ops" in str(offender.fix)


def test_one_line_with_data_is_enough() -> None:
    metrics = [seen(), seen("N", in_window=False)]
    assert shown(graph(["A", "N"], ["A", "M"]), metrics=metrics).offenders == ()


def test_a_metric_is_told_apart_by_region_statistic_and_name() -> None:
    metrics = [seen(in_window=False), seen(region=FAR), seen(stat="p99")]
    assert faults(shown(graph(["A", "M"]), metrics=metrics)) == ["shows-nothing"]
    assert faults(shown(graph(["A", "M"], region=FAR), metrics=metrics)) == []
    assert faults(shown(graph(["A", "M"], stat="p99"), metrics=metrics)) == []


def test_a_metric_of_which_nothing_is_known_is_not_judged() -> None:
    assert shown(graph(["A", "M"])).offenders == ()


def test_a_hidden_line_shows_nothing() -> None:
    widget = graph([{"expression": "m*2", "id": "e"}], ["A", "M", {"id": "m", "visible": False}])
    metrics = [seen()]
    assert faults(shown(widget, metrics=metrics, expressions=[said("e", has_data=False)])) == [
        "shows-nothing"
    ]
    assert faults(shown(widget, metrics=metrics, expressions=[said("e", has_data=True)])) == []
    assert faults(shown(widget, metrics=metrics)) == []


def test_a_graph_of_hidden_lines_alone_shows_nothing() -> None:
    [offender] = shown(graph(["A", "M", {"visible": False}]), metrics=[seen()]).offenders
    assert offender.observed == "everything on it is hidden"


def test_a_line_by_day_may_be_as_old_as_its_metric_is_listed() -> None:
    old = [seen(in_window=False, lately=True)]
    assert faults(shown(graph(["A", "M"], period=86400), metrics=old)) == []
    assert faults(shown(graph(["A", "M"], period=3600), metrics=old)) == ["shows-nothing"]
    gone = [seen(in_window=False, lately=False)]
    assert faults(shown(graph(["A", "M"], period=86400), metrics=gone)) == ["shows-nothing"]


def test_a_metric_of_trouble_may_be_silent() -> None:
    gone = [seen(in_window=False, lately=False)]
    assert shown(graph(["A", "M"]), metrics=gone, silent=["M"]).offenders == ()


@pytest.mark.parametrize(
    "metrics",
    [
        ([{"expression": "m*2", "id": "e"}], ["A", "M", {"id": "m", "visible": False}]),
        ([{"expression": "SEARCH('{A} M', 'Sum')", "id": "e"}],),
    ],
)
def test_an_expression_over_a_metric_of_trouble_may_be_silent(metrics: Any) -> None:
    empty = [said("e", has_data=False)]
    assert shown(graph(*metrics), expressions=empty, silent=["M"]).offenders == ()
    assert faults(shown(graph(*metrics), expressions=empty)) == ["shows-nothing"]


def test_a_graph_of_another_account_is_not_judged_and_counted() -> None:
    verdict = shown(
        graph(["A", "M"]), graph(["A", "M"], title="b", accountId="9"), metrics=[seen()]
    )
    assert verdict.evaluated == ("widget:ops/t",)
    assert verdict.holds.endswith("; 1 graph of other accounts not judged")


def test_the_own_account_may_be_named() -> None:
    [offender] = shown(
        graph(["A", "M"], accountId=ACCOUNT), metrics=[seen(in_window=False)]
    ).offenders
    assert offender.fault == "shows-nothing"


def test_a_line_of_another_account_may_have_data() -> None:
    widget = graph(["A", "M"], ["A", "M", {"accountId": "9"}])
    assert shown(widget, metrics=[seen(in_window=False)]).offenders == ()


def test_widgets_without_lines_have_nothing_to_show() -> None:
    text = {"type": "text", "properties": {"markdown": "x"}}
    alarm = graph(annotations={"alarms": [ALARM.arn]})
    assert shown(text, alarm).inapplicable == "no graph of this account on the named dashboards"


# That they refer to what exists


def test_widgets_that_refer_to_what_exists_hold() -> None:
    verdict = referred(
        body_of(
            graph(["A", "M"], annotations={"alarms": [ALARM.arn]}),
            {"type": "alarm", "properties": {"alarms": [ALARM.arn]}},
            {"type": "custom", "properties": {"endpoint": f"{FUNCTION.arn}:live"}},
            {"type": "log", "properties": {"query": "SOURCE '/orders' | fields @message"}},
            {"type": "text", "properties": {"markdown": "x"}},
            {"type": "explorer", "properties": {"labels": [{"key": "gone"}]}},
        ),
        metrics=[seen()],
    )
    assert (len(verdict.evaluated), verdict.offenders) == (6, ())


def test_a_body_that_is_no_json_fails_as_a_whole() -> None:
    [offender] = referred(parse(ARN, "ops", "{", HOME)).offenders
    assert offender.key == (ARN, "body-invalid")
    assert offender.observed.startswith("the body is no JSON")


def test_a_dashboard_without_widgets_fails() -> None:
    [offender] = referred(body_of()).offenders
    assert offender.key == (ARN, "no-widgets")


def test_a_widget_that_cannot_be_drawn_fails() -> None:
    [offender] = referred(body_of(graph(["A"]))).offenders
    assert offender.key == ("widget:ops/t", "widget-invalid")


def test_a_region_that_does_not_exist_fails_wherever_it_is_named() -> None:
    for widget in (
        graph(["A", "M"], region="us-east-9"),
        graph(["A", "M", {"region": "us-east-9"}]),
        {"type": "log", "properties": {"title": "t", "region": "us-east-9"}},
    ):
        [offender] = referred(body_of(widget)).offenders
        assert offender.key == ("widget:ops/t", "unknown-region")
        assert offender.observed == "there is no region us-east-9"
        assert offender.absent_from == ("regions",)


def test_a_region_that_the_account_did_not_opt_in_to_fails() -> None:
    [offender] = referred(body_of(graph(["A", "M"], region="af-x"))).offenders
    assert offender.key == ("widget:ops/t", "region-closed")


def test_a_metric_without_data_for_long_does_not_exist() -> None:
    widget = graph(["A", "M", {"visible": False}], ["A", "N"])
    [offender] = referred(
        body_of(widget), metrics=[seen(in_window=False, lately=False), seen("N")]
    ).offenders
    assert offender.key == ("widget:ops/t", "unknown-metric")
    assert offender.observed == "no data in 14 days of A M"


def test_a_metric_with_data_lately_exists() -> None:
    metrics = [seen(in_window=False, lately=True)]
    assert referred(body_of(graph(["A", "M"])), metrics=metrics).offenders == ()


def test_a_metric_of_trouble_exists_without_data() -> None:
    metrics = [seen(in_window=False, lately=False)]
    assert referred(body_of(graph(["A", "M"])), metrics=metrics, silent=["M"]).offenders == ()


def test_an_expression_that_cloudwatch_refuses_fails() -> None:
    widget = graph([{"expression": "a/", "id": "e"}])
    [offender] = referred(
        body_of(widget), expressions=[said("e", has_data=False, refused="no such id")]
    ).offenders
    assert offender.fault == "invalid-expression"
    assert offender.observed == "CloudWatch refuses its expressions: no such id"


def test_an_expression_without_data_is_no_mistake() -> None:
    widget = graph([{"expression": "a", "id": "e"}])
    assert referred(body_of(widget), expressions=[said("e", has_data=False)]).offenders == ()


def test_an_alarm_that_is_gone_fails() -> None:
    widget = graph(annotations={"alarms": [ALARM.arn]})
    [offender] = referred(body_of(widget), alarms=[]).offenders
    assert offender.key == ("widget:ops/t", "unknown-alarm")
    assert offender.observed == "there is no alarm errors"
    assert offender.absent_from == ("alarms",)


def test_alarms_on_charges_are_looked_for_where_they_are() -> None:
    away = Identity(ACCOUNT, FAR)
    widget = graph(annotations={"alarms": [ALARM.arn]})
    assert referred(body_of(widget), alarms=[], identity=away).offenders == ()
    [offender] = referred(body_of(widget), billing=[], identity=away).offenders
    assert offender.absent_from == ("billing_region_alarms",)


@pytest.mark.parametrize("place", [f"us-west-2:{ACCOUNT}", "us-east-1:999999999999"])
def test_alarms_elsewhere_are_not_looked_for(place: str) -> None:
    widget = graph(annotations={"alarms": [f"arn:aws:cloudwatch:{place}:alarm:x"]})
    assert referred(body_of(widget)).offenders == ()


def test_a_custom_widget_of_no_function_fails() -> None:
    widget = {"type": "custom", "properties": {"title": "t", "endpoint": f"{FUNCTION.arn}-x:1"}}
    [offender] = referred(body_of(widget)).offenders
    assert offender.key == ("widget:ops/t", "unknown-function")
    assert offender.absent_from == ("functions",)


def test_functions_elsewhere_are_not_looked_for() -> None:
    elsewhere = f"arn:aws:lambda:{FAR}:{ACCOUNT}:function:x"
    widget = {"type": "custom", "properties": {"endpoint": elsewhere}}
    assert referred(body_of(widget)).offenders == ()


def test_a_log_group_that_is_gone_fails_in_this_region_alone() -> None:
    query = "SOURCE '/orders' | SOURCE '/gone' | fields @message"
    widget = {"type": "log", "properties": {"title": "t", "query": query}}
    [offender] = referred(body_of(widget)).offenders
    assert offender.key == ("widget:ops/t", "unknown-log-group")
    assert (offender.observed, offender.absent_from) == (
        "there is no log group /gone",
        ("log_groups",),
    )
    far = {"type": "log", "properties": {"query": query, "region": FAR}}
    assert referred(body_of(far)).offenders == ()


def test_without_dashboards_there_are_no_widgets() -> None:
    assert referred().inapplicable == "none of the named dashboards is there"
