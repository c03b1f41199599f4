"""A dashboard's JSON is understood as CloudWatch draws it, and a mistake stays with its widget."""

import json
from typing import Any

import pytest

from compliance.dashboard_body import parse
from compliance.facts.dashboards import DashboardBody, Widget

ARN = "arn:aws:cloudwatch::123456789012:dashboard/ops"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"


def parsed(*widgets: Any) -> DashboardBody:
    return parse(ARN, "ops", json.dumps({"widgets": widgets}), "us-east-1")


def graph(*metrics: Any, **drawn: Any) -> Widget:
    [widget] = parsed({"type": "metric", "properties": {"metrics": metrics, **drawn}}).widgets
    return widget


def named(widget: Widget) -> list[tuple[str, str, dict[str, str]]]:
    metrics = [line.metric for line in widget.lines if line.metric]
    return [(metric.namespace, metric.name, dict(metric.dimensions)) for metric in metrics]


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"widgets": {}}', "[" * 100_000])
def test_a_body_that_cannot_be_read_says_so(body: str) -> None:
    assert parse(ARN, "ops", body, "us-east-1").mistake


def test_a_dot_repeats_what_the_last_metric_had_there() -> None:
    widget = graph(["AWS/Lambda", "Errors", "FunctionName", "a"], [".", "Invocations", ".", "."])
    assert named(widget)[1] == ("AWS/Lambda", "Invocations", {"FunctionName": "a"})


def test_three_dots_repeat_all_but_what_follows() -> None:
    widget = graph(["AWS/EC2", "CPU", "InstanceId", "i-1"], ["...", "i-2"], ["...", {"stat": "p9"}])
    assert named(widget)[1:] == [("AWS/EC2", "CPU", {"InstanceId": "i-2"})] * 2
    assert widget.lines[2].metric is not None
    assert widget.lines[2].metric.stat == "p9"


def test_three_dots_repeat_what_is_missing_between() -> None:
    widget = graph(["A", "M", "X", "1", "Y", "2"], ["B", "...", "3"])
    assert named(widget)[1] == ("B", "M", {"X": "1", "Y": "3"})


def test_a_dot_looks_past_an_expression() -> None:
    widget = graph(["A", "M", "X", "1"], [{"expression": "m1*2"}], [".", "N", ".", "."])
    assert named(widget)[1] == ("A", "N", {"X": "1"})


def test_an_entry_is_drawn_as_it_says_itself_else_as_the_widget_says() -> None:
    own = {"stat": "p95", "period": 60, "region": "eu-west-1", "accountId": "1", "id": "m"}
    widget = graph(["A", "M"], ["A", "M", own], stat="Sum", period=900, region="us-west-2")
    first, second = widget.lines
    assert first.metric is not None
    assert second.metric is not None
    assert (first.metric.stat, first.metric.period_seconds, first.region) == (
        "Sum",
        900,
        "us-west-2",
    )
    assert (second.metric.stat, second.metric.period_seconds, second.region) == (
        "p95",
        60,
        "eu-west-1",
    )
    assert (first.account, second.account, second.id) == (None, "1", "m")


def test_what_nobody_says_is_an_average_of_five_minutes_here() -> None:
    [line] = graph(["A", "M"]).lines
    assert line.metric is not None
    assert (line.metric.stat, line.metric.period_seconds, line.region) == (
        "Average",
        300,
        "us-east-1",
    )
    assert line.visible


def test_what_is_hidden_is_no_visible_line() -> None:
    widget = graph([{"expression": "m1", "id": "e"}], ["A", "M", {"visible": False, "id": "m1"}])
    assert [(line.id, line.visible) for line in widget.lines] == [("e", True), ("m1", False)]


@pytest.mark.parametrize(
    "metrics",
    [
        [["A"]],
        [["A", "M", "X"]],
        [[".", "M"]],
        [["A", "M"], [".", ".", ".", "."]],
        [["A", 5]],
        ["A"],
        [[]],
        [["A", "M", {"stat": 5}]],
        [["A", "M", {"id": "m"}], ["A", "N", {"id": "m"}]],
        [[{}]],
    ],
)
def test_a_metric_that_is_none_is_a_mistake_of_its_widget(metrics: list[Any]) -> None:
    assert graph(*metrics).mistake


def test_a_graph_of_nothing_is_a_mistake() -> None:
    assert graph().mistake == "it names neither metrics nor an alarm"


@pytest.mark.parametrize(
    "widget",
    ["text", {}, {"type": "metrics"}, {"type": "metric"}, {"type": "alarm", "properties": []}],
)
def test_what_is_no_widget_is_a_mistake(widget: object) -> None:
    good = {"type": "text", "properties": {"markdown": "x"}}
    assert [bool(each.mistake) for each in parsed(good, widget).widgets] == [False, True]


def test_an_alarm_can_be_drawn_without_metrics() -> None:
    widget = graph(annotations={"alarms": [ALARM]})
    assert (widget.alarms, widget.mistake) == ((ALARM,), None)


def test_lines_at_a_height_are_no_alarm() -> None:
    widget = graph(["A", "M"], annotations={"horizontal": [{"value": 5}]})
    assert (widget.alarms, widget.mistake) == ((), None)


def test_the_states_of_alarms_name_their_alarms() -> None:
    [widget] = parsed({"type": "alarm", "properties": {"alarms": [ALARM]}}).widgets
    assert widget.alarms == (ALARM,)


def test_a_custom_widget_names_its_function() -> None:
    [widget] = parsed({"type": "custom", "properties": {"endpoint": "arn:f"}}).widgets
    assert widget.function == "arn:f"


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("SOURCE '/a' | fields @message", ("/a",)),
        ("SOURCE '/a' | SOURCE \"/b\" | fields @message", ("/a", "/b")),
        ("source '/a'\n| filter @message like \"SOURCE '/x'\"", ("/a",)),
        ("SOURCE logGroups(namePrefix: ['/a']) | fields @message", ()),
        ("SOURCE 'arn:aws:logs:us-east-1:999999999999:log-group:/a' | stats count()", ()),
        ("fields @message", ()),
    ],
)
def test_a_query_names_the_log_groups_before_its_first_command(
    query: str, groups: tuple[str, ...]
) -> None:
    [widget] = parsed({"type": "log", "properties": {"query": query}}).widgets
    assert widget.log_groups == groups


def test_the_log_groups_of_another_account_are_not_named() -> None:
    drawn = {"query": "SOURCE '/a' | fields @message", "accountId": "999999999999"}
    [widget] = parsed({"type": "log", "properties": drawn}).widgets
    assert widget.log_groups == ()


def test_a_widget_goes_by_its_title_else_by_its_place() -> None:
    body = parsed(
        *({"type": "text", "properties": {"title": title}} for title in ["Errors"] * 2),
        {},
        {"type": "text", "properties": {"title": " "}},
    )
    assert [widget.resource for widget in body.widgets] == [
        "widget:ops/Errors",
        "widget:ops/Errors (2)",
        "widget:ops/untitled 3",
        "widget:ops/untitled 4",
    ]
