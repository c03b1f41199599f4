"""Records of dashboards, metric filters and alert topics, good and bad ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from example_alarms import ACCOUNT

from compliance.baseline import load_baseline
from compliance.dashboard_body import parse
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.dashboards import Dashboard, GraphedExpression, GraphedMetric
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.facts.metrics import MetricQuery
from compliance.facts.regions import Region

_TOPIC: str = load_baseline()["alarms.topic"]
_NAMED: Sequence[str] = load_baseline()["dashboards.named"]
_ALARM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm"


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"


def _metric(title: str, *metrics: list[Any], **drawn: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"title": title, "metrics": list(metrics), **drawn}}


_WIDGETS = [
    _metric("good", ["AWS/Lambda", "Errors", "FunctionName", "orders"], ["Shop", "GaveUp"]),
    _metric("empty", ["AWS/Lambda", "Errors", "FunctionName", "renamed"]),
    _metric("stale", ["AWS/S3", "BucketSizeBytes", {"period": 86400}]),
    _metric("far", ["AWS/Lambda", "Errors"], region="us-east-9"),
    _metric("closed", ["AWS/Lambda", "Errors"], region="af-south-1"),
    _metric(
        "rate",
        [{"expression": "a/b", "id": "rate"}],
        ["AWS/Lambda", "Errors", {"id": "a", "visible": False}],
    ),
    _metric("refused", [{"expression": "a/", "id": "bad"}]),
    _metric("alarm", annotations={"alarms": [f"{_ALARM}:errors"]}),
    {
        "type": "alarm",
        "properties": {"title": "alarms", "alarms": [f"{_ALARM}:errors", f"{_ALARM}:gone"]},
    },
    {
        "type": "custom",
        "properties": {"endpoint": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:gone"},
    },
    {
        "type": "log",
        "properties": {"query": "SOURCE '/aws/lambda/orders' | SOURCE '/gone' | fields @message"},
    },
    {"type": "metric"},
]


def _graphed(region: str, *parts: str, seen: tuple[bool, bool]) -> GraphedMetric:
    namespace, name, *by = parts
    dimensions = tuple(zip(by[::2], by[1::2], strict=True))
    return GraphedMetric(region, MetricQuery(namespace, name, dimensions, "Average", 3600), *seen)


POOL: Mapping[str, Sequence[Any]] = {
    "regions": [
        Region("us-east-1", enabled=True),
        Region("eu-west-1", enabled=True),
        Region("af-south-1", enabled=False),
    ],
    "dashboards": [Dashboard(_arn(_NAMED[0]), _NAMED[0])],
    "dashboard_bodies": [
        parse(_arn(_NAMED[0]), _NAMED[0], json.dumps({"widgets": _WIDGETS}), "us-east-1"),
        parse(_arn("broken"), "broken", "{", "us-east-1"),
        parse(_arn("bare"), "bare", '{"widgets": []}', "us-east-1"),
    ],
    "graphed_metrics": [
        _graphed("us-east-1", "AWS/Lambda", "Errors", "FunctionName", "orders", seen=(True, True)),
        _graphed(
            "us-east-1", "AWS/Lambda", "Errors", "FunctionName", "renamed", seen=(False, False)
        ),
        _graphed("us-east-1", "AWS/S3", "BucketSizeBytes", seen=(False, True)),
        _graphed("us-east-1", "AWS/Lambda", "Errors", seen=(False, True)),
    ],
    "graphed_expressions": [
        GraphedExpression(f"widget:{_NAMED[0]}/rate", "rate", has_data=False),
        GraphedExpression(f"widget:{_NAMED[0]}/refused", "bad", has_data=False, refused="no"),
    ],
    "metric_filters": [
        MetricFilter("/omnitrack/agents", "agent-gave-up", (CountedMetric("Shop", "GaveUp"),)),
        MetricFilter(
            "/aws/lambda/omnitrack-a",
            "rejections",
            (CountedMetric("Shop", "CarrierRejected", frozenset({"Carrier"})),),
        ),
    ],
    "alert_topics": [AlertTopic(_TOPIC, "alias/alerts", 0)],
    "topic_keys": [TopicKey(_TOPIC, "Enabled", arn="arn:aws:kms:us-east-1:1:key/1", policy="{}")],
}
RESOURCE_OF = {
    "alert_topics": lambda topic: topic.arn,
    "topic_keys": lambda key: key.topic_arn,
}
