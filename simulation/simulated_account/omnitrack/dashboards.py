"""What on-call looks at: dashboards, counts of log lines, and the alerts' own topic and key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn
from simulated_account.omnitrack.workload import AGENT_LOGS, ALERTS_TOPIC

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

OPERATIONS, COPILOT = "omnitrack-operations", "omnitrack-copilot"
ALERTS_KEY_ID = "5f0c1d3a-7c55-4b1e-9d0e-2a6b8c9f1e07"
ALERTS_KEY_ALIAS = "alias/omnitrack-alerts"
STUCK_ALARM = "omnitrack-copilot-message-duration"
CARRIER_LOGS = "/aws/lambda/omnitrack-carrier-webhook"
UNREAD_FILTER = "carrier-rejected"

_NAMESPACE = "OmniTrack"
_EMPTY_GRAPH = f"widget:{OPERATIONS}/Carrier webhook errors"

FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "cloudwatch.metric-filters",
            f"metric-filter:{CARRIER_LOGS}/{UNREAD_FILTER}",
            "feeds-nothing",
        ),
        ("dashboards.metrics-displaying", _EMPTY_GRAPH, "shows-nothing"),
        ("dashboards.widgets", _EMPTY_GRAPH, "unknown-metric"),
        (
            "optimization.alarms",
            arn("cloudwatch", "alarm:omnitrack-demand-forecaster-errors"),
            "actions-disabled",
        ),
        ("optimization.alarms", arn("cloudwatch", f"alarm:{STUCK_ALARM}"), "stuck-in-alarm"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """A function was renamed and its graph was not; ages are counted from `now`."""
    _encrypt_alerts(account)
    _put_filters(account)
    _measure(account, now - timedelta(minutes=50))
    cloudwatch = account.client("cloudwatch")
    for name, widgets in ((OPERATIONS, _operations()), (COPILOT, _copilot())):
        cloudwatch.put_dashboard(
            DashboardName=name, DashboardBody=json.dumps({"start": "-PT6H", "widgets": widgets})
        )
    account.data.cloudwatch.set_state(REGION, STUCK_ALARM, "ALARM", at=now - timedelta(days=3))


def _encrypt_alerts(account: SimulatedAccount) -> None:
    services = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": services},
                "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
            },
        ],
    }
    kms = account.client("kms")
    made = kms.create_key(Description="omnitrack-alerts", Policy=json.dumps(policy))
    account.data.kms.give_id(REGION, made["KeyMetadata"]["KeyId"], ALERTS_KEY_ID)
    kms.create_alias(AliasName=ALERTS_KEY_ALIAS, TargetKeyId=ALERTS_KEY_ID)
    kms.enable_key_rotation(KeyId=ALERTS_KEY_ID)
    account.client("sns").set_topic_attributes(
        TopicArn=arn("sns", ALERTS_TOPIC),
        AttributeName="KmsMasterKeyId",
        AttributeValue=ALERTS_KEY_ALIAS,
    )


def _put_filters(account: SimulatedAccount) -> None:
    for group, name, pattern, metric in (
        (AGENT_LOGS, "agent-gave-up", '{ $.event = "gave-up" }', "AgentGaveUp"),
        (CARRIER_LOGS, UNREAD_FILTER, '{ $.status = "rejected" }', "CarrierRejected"),
    ):
        account.client("logs").put_metric_filter(
            logGroupName=group,
            filterName=name,
            filterPattern=pattern,
            metricTransformations=[
                {"metricNamespace": _NAMESPACE, "metricName": metric, "metricValue": "1"}
            ],
        )


def _measure(account: SimulatedAccount, at: datetime) -> None:
    function = {"FunctionName": "omnitrack-copilot-message"}
    for namespace, name, by, value in (
        ("AWS/ApiGateway", "Count", {"ApiName": "omnitrack-api"}, 5300),
        ("AWS/ApiGateway", "5XXError", {"ApiName": "omnitrack-api"}, 3),
        ("AWS/ApiGateway", "Latency", {"ApiName": "omnitrack-api"}, 240),
        ("AWS/Lambda", "Errors", function, 1),
        ("AWS/Lambda", "Invocations", function, 900),
        ("AWS/Lambda", "Duration", function, 7200),
        ("AWS/DynamoDB", "ConsumedReadCapacityUnits", {"TableName": "omnitrack-shipments"}, 900),
        (_NAMESPACE, "AgentGaveUp", {}, 2),
    ):
        account.data.cloudwatch.add_metric(REGION, namespace, name, by, value, at=at)


def _graph(title: str, *metrics: list[Any], **drawn: Any) -> dict[str, Any]:
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "properties": {"title": title, "region": REGION, "metrics": list(metrics), **drawn},
    }


def _operations() -> list[dict[str, Any]]:
    api = ["AWS/ApiGateway", "Count", "ApiName", "omnitrack-api"]
    return [
        {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Operations"}},
        {
            "type": "alarm",
            "width": 24,
            "height": 2,
            "properties": {
                "title": "Alarms",
                "alarms": [
                    arn("cloudwatch", f"alarm:{name}")
                    for name in ("omnitrack-api-5xx", "omnitrack-agents")
                ],
            },
        },
        _graph("API requests", api, [".", "5XXError", ".", "."], stat="Sum"),
        _graph(
            "API latency",
            ["AWS/ApiGateway", "Latency", "ApiName", "omnitrack-api", {"stat": "p50"}],
            ["...", {"stat": "p95"}],
        ),
        _graph(
            "Carrier webhook errors",
            ["AWS/Lambda", "Errors", "FunctionName", "omnitrack-carrier-hook"],
            stat="Sum",
        ),
        _graph(
            "Throttled requests",
            ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", "omnitrack-shipments"],
            [".", "WriteThrottleEvents", ".", "."],
            stat="Sum",
        ),
        _graph("Agents that gave up", [_NAMESPACE, "AgentGaveUp"], view="singleValue", stat="Sum"),
        {
            "type": "metric",
            "width": 12,
            "height": 6,
            "properties": {
                "title": "API errors against the alarm",
                "region": REGION,
                "annotations": {"alarms": [arn("cloudwatch", "alarm:omnitrack-api-5xx")]},
            },
        },
    ]


def _copilot() -> list[dict[str, Any]]:
    by = ["FunctionName", "omnitrack-copilot-message"]
    return [
        _graph(
            "Copilot error rate",
            [{"expression": "100 * errors / calls", "label": "Percent", "id": "rate"}],
            ["AWS/Lambda", "Errors", *by, {"id": "errors", "visible": False, "stat": "Sum"}],
            [".", "Invocations", ".", ".", {"id": "calls", "visible": False, "stat": "Sum"}],
        ),
        _graph("Copilot duration", ["AWS/Lambda", "Duration", *by, {"stat": "p99"}]),
        {
            "type": "log",
            "width": 24,
            "height": 6,
            "properties": {
                "title": "Agents' last errors",
                "region": REGION,
                "query": f"SOURCE '{AGENT_LOGS}' | fields @timestamp, @message"
                " | filter level = 'ERROR' | limit 20",
                "view": "table",
            },
        },
    ]
