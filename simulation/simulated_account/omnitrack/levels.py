"""A day's traffic: what the APIs, the model and the forecasts' table went through."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.keys import INDEX, PROVISIONED_TABLE
from simulated_account.omnitrack.place import REGION, Fault, arn
from simulated_account.omnitrack.workload import REST_APIS, STAGE, WEBSOCKET_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

INFERENCE_PROFILE = "us.anthropic.claude-3-5-sonnet-20241022-v2:0"
FLAKY_FUNCTION = "omnitrack-document-parser"
THROTTLED_FUNCTION = "omnitrack-agent-risk"

BUSY_AGO = timedelta(hours=15)
"""The hour of a nightly batch, which calls every function: well within the last day for hours."""

_CAPACITY = "optimization.dynamodb-capacity"
_REALTIME = f"arn:aws:apigateway:{REGION}::/apis/{WEBSOCKET_ID}/stages/{STAGE}"
_HOURS = 24
_HOURLY_UNITS = 25 * 3_600

FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "performance-testing.throughput",
            arn("lambda", f"function:{THROTTLED_FUNCTION}"),
            "function-throttled",
        ),
        # Two of 960 messages and connections an hour, of which 99.9 % are promised.
        ("operational-docs.slo", _REALTIME, "below-the-slo"),
        # Written by one job a night, for which the capacity stands ready all day.
        (_CAPACITY, arn("dynamodb", f"table/{PROVISIONED_TABLE}"), "writes-idle"),
        (_CAPACITY, arn("dynamodb", f"table/{PROVISIONED_TABLE}/index/{INDEX}"), "writes-idle"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """In each of the last 24 whole hours."""
    end = now.replace(minute=0, second=0, microsecond=0)
    hours = [end - timedelta(hours=ago) for ago in range(_HOURS, 0, -1)]
    for name in REST_APIS:
        by = {"ApiName": name, "Stage": STAGE}
        rest = {"Count": 1800, "5XXError": 1, "4XXError": 65, "Latency": 240}
        _measure(account, "AWS/ApiGateway", by, rest, hours)
    for api_id in account.backend("apigatewayv2").apis:
        by = {"ApiId": api_id, "Stage": STAGE}
        messages = {"MessageCount": 900, "ConnectCount": 60, "IntegrationError": 2}
        _measure(account, "AWS/ApiGateway", by, {**messages, "IntegrationLatency": 90}, hours)
    for name, metric, value in (
        (FLAKY_FUNCTION, "Errors", 63),
        (THROTTLED_FUNCTION, "Throttles", 41),
    ):
        _measure(account, "AWS/Lambda", {"FunctionName": name}, {metric: value}, [end - BUSY_AGO])
    model = {"Invocations": 2600, "InvocationClientErrors": 12, "InvocationServerErrors": 5}
    _measure(account, "AWS/Bedrock", {"ModelId": INFERENCE_PROFILE}, model, hours[:1])
    for index in ({}, {"GlobalSecondaryIndexName": INDEX}):
        by = {"TableName": PROVISIONED_TABLE, **index}
        reads, writes = 0.4 * _HOURLY_UNITS, 0.6 * _HOURLY_UNITS
        _measure(account, "AWS/DynamoDB", by, {"ConsumedReadCapacityUnits": reads}, hours)
        _measure(account, "AWS/DynamoDB", by, {"ConsumedWriteCapacityUnits": writes}, hours[2:3])


def _measure(
    account: SimulatedAccount,
    namespace: str,
    by: dict[str, str],
    values: Mapping[str, float],
    hours: Iterable[datetime],
) -> None:
    for hour in hours:
        for metric, value in values.items():
            account.data.cloudwatch.add_metric(REGION, namespace, metric, by, value, at=hour)
