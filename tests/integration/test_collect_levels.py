"""A day's levels: which metrics are asked for, over which window, and what becomes of gaps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from reading import NOW, collected

from compliance.facts.apis import Api
from compliance.facts.functions import Function
from compliance.facts.levels import Capacity, FunctionLevels, ModelLevels
from compliance.facts.tables import Index, Table
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

REGION = "us-east-1"
END = NOW.replace(minute=0, second=0)
FIRST, LAST = END - timedelta(hours=24), END - timedelta(hours=1)
REST = Api("arn:rest", "r1", "shop ü", "REST")
HTTP = Api("arn:http", "h1", "partners", "HTTP")
WEBSOCKET = Api("arn:live", "w1", "live", "WEBSOCKET")
FUNCTION = Function("arn:orders", "orders", "/orders")


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as simulated:
        yield simulated


def measure(
    account: SimulatedAccount,
    name: str,
    value: float,
    by: dict[str, str],
    *,
    at: datetime = FIRST,
    namespace: str = "AWS/ApiGateway",
) -> None:
    account.data.cloudwatch.add_metric(REGION, namespace, name, by, value, at=at)


def apis(account: SimulatedAccount, *given: Api, stages: tuple[str, ...] = ("prod",)) -> list[Any]:
    rest = [api for api in given if api.protocol == "REST"]
    others = [api for api in given if api.protocol != "REST"]
    found, gaps = collected(account, "api_levels", rest, others, NOW, stages=stages)
    assert gaps == []
    return found


def test_a_rest_api_is_known_by_its_ascii_name_and_stage(account: SimulatedAccount) -> None:
    by = {"ApiName": "shop ", "Stage": "prod"}
    for name, value in (("Count", 5), ("5XXError", 2), ("4XXError", 1), ("Latency", 300)):
        measure(account, name, value, by)
        measure(account, name, 99, {"ApiName": "shop "})
    [levels] = apis(account, REST)
    assert (levels.arn, levels.name) == ("arn:rest/stages/prod", "shop ü (prod)")
    assert levels.requests == ((FIRST, 5),)
    assert levels.server_errors == ((FIRST, 2),)
    assert levels.client_errors == ((FIRST, 1),)
    assert (levels.hourly_p95_ms, levels.p95_ms) == (((FIRST, 300),), 300)


def test_an_http_api_is_known_by_its_id_and_writes_its_errors_small(
    account: SimulatedAccount,
) -> None:
    by = {"ApiId": "h1", "Stage": "prod"}
    for name, value in (("Count", 5), ("5xx", 2), ("4xx", 1), ("5XXError", 99)):
        measure(account, name, value, by)
    [levels] = apis(account, HTTP)
    assert levels.server_errors == ((FIRST, 2),)
    assert levels.client_errors == ((FIRST, 1),)
    assert levels.p95_ms is None


def test_a_websocket_api_counts_connections_and_both_kinds_of_errors(
    account: SimulatedAccount,
) -> None:
    by = {"ApiId": "w1", "Stage": "prod"}
    for name, value in (
        ("MessageCount", 10),
        ("ConnectCount", 4),
        ("IntegrationError", 2),
        ("ExecutionError", 1),
        ("ClientError", 6),
        ("IntegrationLatency", 70),
    ):
        measure(account, name, value, by)
    measure(account, "ConnectCount", 3, by, at=LAST)
    [levels] = apis(account, WEBSOCKET)
    assert levels.requests == ((FIRST, 14), (LAST, 3))
    assert levels.server_errors == ((FIRST, 3),)
    assert (levels.client_errors, levels.p95_ms) == (((FIRST, 6),), 70)


def test_each_production_stage_is_one_of_its_own(account: SimulatedAccount) -> None:
    measure(account, "Count", 5, {"ApiId": "h1", "Stage": "$default"})
    blue, default = apis(account, HTTP, stages=("blue", "$default"))
    assert (blue.requests, default.requests) == ((), ((FIRST, 5),))
    assert default.arn == "arn:http/stages/$default"
    assert default.dimensions == (("ApiId", "h1"), ("Stage", "$default"))


def test_requests_come_by_the_minute_and_errors_by_the_hour(account: SimulatedAccount) -> None:
    by, later = {"ApiId": "h1", "Stage": "prod"}, FIRST + timedelta(minutes=1)
    for name in ("Count", "5xx"):
        measure(account, name, 5, by)
        measure(account, name, 7, by, at=later)
    [levels] = apis(account, HTTP)
    assert levels.requests == ((FIRST, 5), (later, 7))
    assert levels.server_errors == ((FIRST, 12),)


def test_the_percentile_of_the_day_is_of_all_requests(account: SimulatedAccount) -> None:
    by = {"ApiId": "h1", "Stage": "prod"}
    for _ in range(19):
        measure(account, "Latency", 100, by)
    measure(account, "Latency", 9000, by, at=LAST)
    [levels] = apis(account, HTTP)
    assert (levels.p95_ms, levels.hourly_p95_ms) == (100, ((FIRST, 100), (LAST, 9000)))


def test_the_window_is_the_last_24_whole_hours(account: SimulatedAccount) -> None:
    by = {"FunctionName": "orders"}
    for at in (FIRST - timedelta(seconds=1), FIRST, LAST, END):
        measure(account, "Invocations", 1, by, at=at, namespace="AWS/Lambda")
    measure(account, "Errors", 2, by, namespace="AWS/Lambda")
    measure(account, "Throttles", 3, by, at=LAST, namespace="AWS/Lambda")
    found, gaps = collected(account, "function_levels", [FUNCTION], NOW)
    expected = FunctionLevels(
        *("arn:orders", "orders", "/orders"),
        invocations=((FIRST, 1), (LAST, 1)),
        errors=((FIRST, 2),),
        throttles=((LAST, 3),),
    )
    assert (found, gaps) == ([expected], [])


def tables(account: SimulatedAccount, *given: Table) -> list[Any]:
    found, gaps = collected(account, "table_levels", given, NOW)
    assert gaps == []
    return found


def test_a_table_and_its_index_are_counted_apart(account: SimulatedAccount) -> None:
    own = {"TableName": "ledger"}
    measure(account, "ReadThrottleEvents", 2, own, namespace="AWS/DynamoDB")
    by_index = {**own, "GlobalSecondaryIndexName": "by-day"}
    measure(account, "WriteThrottleEvents", 3, by_index, namespace="AWS/DynamoDB")
    ledger = Table("arn:t", "ledger", NOW, indexes=(Index("arn:i", "by-day"),))
    table, index = tables(account, ledger)
    assert (table.read_throttles, table.write_throttles) == (((FIRST, 2),), ())
    assert (index.read_throttles, index.write_throttles) == ((), ((FIRST, 3),))
    assert (index.arn, index.table, index.index) == ("arn:i", "ledger", "by-day")
    assert {table.reads, table.writes, index.reads, index.writes} == {None}


def test_capacity_is_asked_for_only_where_it_is_provisioned(account: SimulatedAccount) -> None:
    tables(account, Table("arn:t", "ledger", NOW))
    names = {
        query["MetricStat"]["Metric"]["MetricName"]
        for call in account.calls
        if call.operation == "GetMetricData"
        for query in call.params["MetricDataQueries"]
    }
    assert names == {"ReadThrottleEvents", "WriteThrottleEvents"}


def test_capacity_is_what_was_used_and_what_was_there(account: SimulatedAccount) -> None:
    own = {"TableName": "ledger"}
    for name, values in (
        ("ConsumedReadCapacityUnits", (30, 40)),
        ("ProvisionedReadCapacityUnits", (10, 20)),
    ):
        for minutes, value in enumerate(values):
            at = FIRST + timedelta(minutes=minutes)
            measure(account, name, value, own, at=at, namespace="AWS/DynamoDB")
    ledger = Table("arn:t", "ledger", NOW, billing_mode="PROVISIONED", read_units=5, write_units=6)
    [table] = tables(account, ledger)
    assert table.reads == Capacity(5, ((FIRST, 15),), ((FIRST, 70),))
    assert table.writes == Capacity(6)


def test_a_model_is_asked_for_by_its_id_and_by_its_profiles(account: SimulatedAccount) -> None:
    for name, value in (
        ("Invocations", 8),
        ("InvocationClientErrors", 2),
        ("InvocationServerErrors", 1),
    ):
        old = END - timedelta(days=6, hours=23)
        measure(account, name, value, {"ModelId": "us.m"}, at=old, namespace="AWS/Bedrock")
    found, gaps = collected(account, "model_levels", NOW, model="m", profiles=["us.m"], days=7)
    assert (found, gaps) == ([ModelLevels("m"), ModelLevels("us.m", 8, 2, 1)], [])


def test_refusals_are_read_only_where_the_baseline_names_their_metric(
    account: SimulatedAccount,
) -> None:
    assert collected(account, "refusals", NOW, metric=None) == ([], [])
    assert [call for call in account.calls if call.operation == "GetMetricData"] == []
    measure(account, "Refused", 4, {}, namespace="Shop")
    metric = {"namespace": "Shop", "metric": "Refused"}
    [data], _ = collected(account, "refusals", NOW, metric=metric)
    assert data.points == ((FIRST, 4),)


def test_what_has_one_metric_unread_is_left_out_and_the_others_stay(
    account: SimulatedAccount,
) -> None:
    whole = account.data.cloudwatch.metric_data

    def without_one(request: Any) -> Any:
        output = whole(request)
        output["MetricDataResults"][1]["StatusCode"] = "InternalError"
        return output

    account.data.cloudwatch.metric_data = without_one  # type: ignore[method-assign]  # a test's own answer
    other = Function("arn:other", "other", "/other")
    found, gaps = collected(account, "function_levels", [FUNCTION, other], NOW)
    assert [levels.arn for levels in found] == ["arn:other"]
    assert [gap.code for gap in gaps] == ["InternalError"]


def test_a_refusal_is_a_gap(account: SimulatedAccount) -> None:
    account.fail("cloudwatch", "GetMetricData", AccessDenied)
    found, gaps = collected(account, "function_levels", [FUNCTION], NOW)
    assert (found, [gap.action for gap in gaps]) == ([], ["cloudwatch:GetMetricData"])


def test_windows_of_one_hour_are_the_same(account: SimulatedAccount) -> None:
    for minute in (0, 59):
        at = datetime(2026, 6, 1, 12, minute, tzinfo=UTC)
        collected(account, "function_levels", [FUNCTION], at)
    first, second = [call for call in account.calls if call.operation == "GetMetricData"]
    assert first.params == second.params
