"""Metrics are read many at a time, whole or not at all."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from reading import NOW, collected, reading

from compliance.collectors.metric_data import GET_METRIC_DATA, metric_data
from compliance.engine import ReadFailed
from compliance.facts.functions import Function
from compliance.facts.metrics import MetricData, MetricQuery, Usage
from compliance.facts.tables import Index, Table
from compliance.model import Gap
from compliance.registry import Collector
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

REGION = "us-east-1"
DAY = 86_400
START, END = NOW - timedelta(days=7), NOW
COLLECTOR = Collector("some_metrics", print, (), (GET_METRIC_DATA,), many=True)


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as simulated:
        yield simulated


def query(name: str = "orders", stat: str = "Sum", period: int = 7 * DAY) -> MetricQuery:
    return MetricQuery("AWS/Lambda", "Invocations", (("FunctionName", name),), stat, period)


def measure(account: SimulatedAccount, value: float, days_ago: float = 1, **by: str) -> None:
    account.data.cloudwatch.add_metric(
        REGION,
        "AWS/Lambda",
        "Invocations",
        by or {"FunctionName": "orders"},
        value,
        at=NOW - timedelta(days=days_ago),
    )


def asked(account: SimulatedAccount, *queries: MetricQuery) -> tuple[list[MetricData], list[Gap]]:
    found = []
    with reading(account, COLLECTOR) as (reader, gaps):
        try:
            for data in metric_data(reader, queries, start=START, end=END):
                found.append(data)  # noqa: PERF402 -- keeps what came before a failure
        except ReadFailed as failure:
            gaps.append(failure.gap)
    return found, gaps


def sizes(account: SimulatedAccount) -> list[int]:
    return sorted(
        len(call.params["MetricDataQueries"])
        for call in account.calls
        if call.operation == "GetMetricData"
    )


def answer(account: SimulatedAccount, *results: dict[str, Any]) -> None:
    """CloudWatch answers this, whatever is asked."""
    output = {"MetricDataResults": list(results), "Messages": []}
    account.data.cloudwatch.metric_data = lambda _: output  # type: ignore[method-assign]  # a test's own answer


def result(name: str, status: str = "Complete", *points: tuple[int, float]) -> dict[str, Any]:
    return {
        "Id": name,
        "Label": name,
        "Timestamps": [NOW - timedelta(days=ago) for ago, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": status,
    }


def test_what_was_published_is_summed_and_what_was_not_is_empty(account: SimulatedAccount) -> None:
    measure(account, 3)
    measure(account, 4, days_ago=6.5)
    measure(account, 99, days_ago=8)
    used, idle = asked(account, query(), query("idle"))[0]
    assert (used.query, used.total) == (query(), 7)
    assert (idle.query, idle.points) == (query("idle"), ())


def test_points_come_oldest_first_one_a_period(account: SimulatedAccount) -> None:
    for days_ago in (0.5, 2.5, 2.6):
        measure(account, days_ago, days_ago=days_ago)
    [data] = asked(account, query(period=DAY))[0]
    assert [value for _, value in data.points] == [5.1, 0.5]
    assert data.points[0][0] < data.points[1][0]


@pytest.mark.parametrize(
    ("stat", "value"),
    [("Average", 3), ("Minimum", 1), ("Maximum", 6), ("SampleCount", 4), ("p50", 2), ("p95", 6)],
)
def test_any_statistic_can_be_asked_for(account: SimulatedAccount, stat: str, value: float) -> None:
    """Moto raises TypeError on percentiles, so the account computes them itself."""
    for each in (1, 2, 3, 6):
        measure(account, each)
    [data] = asked(account, query(stat=stat))[0]
    assert data.total == value


def test_a_metric_with_more_dimensions_is_another_metric(account: SimulatedAccount) -> None:
    measure(account, 5, FunctionName="orders", Resource="orders:live")
    assert asked(account, query())[0][0].points == ()


def test_500_queries_go_into_a_call_and_keep_their_order(account: SimulatedAccount) -> None:
    queries = [query(f"f{at}") for at in range(1201)]
    found, gaps = asked(account, *queries)
    assert [data.query for data in found] == queries
    assert (sizes(account), gaps) == ([201, 500, 500], [])


def test_a_call_answers_no_more_points_than_aws_gives(account: SimulatedAccount) -> None:
    """A minute for seven days makes 10,080 points, and a call answers 100,800."""
    asked(account, *(query(f"f{at}", period=60) for at in range(20)))
    assert max(sizes(account)) * 10_080 <= 100_800
    assert sum(sizes(account)) == 20


def test_periods_are_asked_for_apart(account: SimulatedAccount) -> None:
    asked(account, query("a"), query("b", period=DAY), query("c"))
    assert sizes(account) == [1, 2]


def test_a_query_given_twice_is_asked_once(account: SimulatedAccount) -> None:
    found, _ = asked(account, query(), query())
    assert (len(found), sizes(account)) == (1, [1])


def test_nothing_to_ask_asks_nothing(account: SimulatedAccount) -> None:
    assert (asked(account), sizes(account)) == (([], []), [])


def test_every_page_is_read(account: SimulatedAccount) -> None:
    account.page_size("cloudwatch", "GetMetricData", 1)
    found, gaps = asked(account, query("a"), query("b"), query("c"))
    assert ([data.query for data in found], gaps) == ([query("a"), query("b"), query("c")], [])
    assert sizes(account) == [1 * 3] * 3


def test_points_of_one_query_on_two_pages_belong_together(account: SimulatedAccount) -> None:
    account.page_size("cloudwatch", "GetMetricData", 1)
    answer(account, result("m0", "PartialData", (3, 5)), result("m0", "Complete", (4, 2)))
    [data] = asked(account, query())[0]
    assert [value for _, value in data.points] == [2, 5]


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_query_without_all_its_data_is_a_gap_and_the_others_stay(
    account: SimulatedAccount, status: str
) -> None:
    answer(account, result("m0", status, (3, 5)), result("m1"))
    found, gaps = asked(account, query("a"), query("b"))
    assert [data.query for data in found] == [query("b")]
    assert [(gap.action, gap.code) for gap in gaps] == [("cloudwatch:GetMetricData", status)]


def test_a_query_that_is_not_answered_is_a_gap(account: SimulatedAccount) -> None:
    answer(account)
    found, gaps = asked(account, query())
    assert (found, [gap.code for gap in gaps]) == ([], ["NoResult"])


def test_a_refusal_is_a_gap(account: SimulatedAccount) -> None:
    account.fail("cloudwatch", "GetMetricData", AccessDenied)
    found, [gap] = asked(account, query())
    assert (found, gap.action, gap.refused) == ([], "cloudwatch:GetMetricData", True)


FUNCTION = Function("arn:orders", "orders", "/aws/lambda/orders")
TABLE = Table(
    "arn:table", "ledger", NOW, indexes=(Index("arn:1", "by-day"), Index("arn:2", "by-name"))
)


def consume(account: SimulatedAccount, metric: str, **by: str) -> None:
    account.data.cloudwatch.add_metric(
        REGION,
        "AWS/DynamoDB",
        metric,
        {"TableName": "ledger", **by},
        2,
        at=NOW - timedelta(days=29),
    )


def used(account: SimulatedAccount) -> tuple[list[Usage], list[Gap]]:
    return collected(account, "usage", [FUNCTION], [TABLE], NOW, unused_days=30)


def test_usage_is_what_was_invoked_read_and_written_in_the_window(
    account: SimulatedAccount,
) -> None:
    measure(account, 5)
    measure(account, 99, days_ago=31)
    consume(account, "ConsumedWriteCapacityUnits")
    consume(account, "ConsumedReadCapacityUnits")
    assert used(account) == ([Usage("arn:orders", 5), Usage("arn:table", 4)], [])


def test_a_table_read_through_its_index_alone_is_used(account: SimulatedAccount) -> None:
    consume(account, "ConsumedReadCapacityUnits", GlobalSecondaryIndexName="by-name")
    assert used(account)[0] == [Usage("arn:orders", 0), Usage("arn:table", 2)]


def test_the_window_is_one_period_on_the_five_minutes(account: SimulatedAccount) -> None:
    """CloudWatch keeps what is older than 15 days in periods of five minutes."""
    used(account)
    [call] = [call for call in account.calls if call.operation == "GetMetricData"]
    assert call.params["EndTime"] == NOW.replace(minute=0, second=0)
    assert call.params["StartTime"] == call.params["EndTime"] - timedelta(days=30)
    periods = {each["MetricStat"]["Period"] for each in call.params["MetricDataQueries"]}
    assert periods == {30 * DAY}


def test_a_resource_with_one_metric_unread_is_left_out_and_the_others_stay(
    account: SimulatedAccount,
) -> None:
    answer(account, result("m0"), result("m1"), result("m2", "InternalError"))
    usage, gaps = used(account)
    assert usage == [Usage("arn:orders", 0)]
    assert [gap.code for gap in gaps] == ["InternalError"]
