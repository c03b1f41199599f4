"""What stands beside statements is read with few requests, and understood in every shape."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from evaluating import Evaluate
from reading import NOW, collected

from compliance.facts.apis import Api
from compliance.facts.costs import ReservationCoverage, SavingsPlanAdvice
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.facts.scaling import ScalingActivity
from compliance.facts.tables import Table
from compliance.model import Status
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied

FIXED = Table("arn:t", "fixed", NOW, billing_mode="PROVISIONED")
FIRST = NOW.replace(minute=0, second=0) - timedelta(hours=24)
READS = "dynamodb:table:ReadCapacityUnits"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as simulated:
        yield simulated


def asked(account: SimulatedAccount, operation: str) -> list[dict[str, Any]]:
    return [call.params for call in account.calls if call.operation == operation]


def test_coverage_is_asked_for_once_of_this_account_s_cache_nodes(
    account: SimulatedAccount,
) -> None:
    account.data.cost_explorer.coverage = {
        "TotalRunningHours": "2160",
        "CoverageHoursPercentage": "33.3333333333",
    }
    found, gaps = collected(account, "reservation_coverage", NOW)
    expected = ReservationCoverage("Amazon ElastiCache", Decimal(2160), Decimal("33.3333333333"))
    assert (found, gaps) == ([expected], [])
    [call] = asked(account, "GetReservationCoverage")
    own, service = (each["Dimensions"] for each in call["Filter"]["And"])
    assert own == {"Key": "LINKED_ACCOUNT", "Values": ["210987654321"]}
    assert service == {"Key": "SERVICE", "Values": ["Amazon ElastiCache"]}
    assert call["TimePeriod"] == {"Start": "2026-05-02", "End": "2026-06-01"}


@pytest.mark.parametrize("coverage", [None, {}])
def test_an_account_without_data_has_no_coverage(
    account: SimulatedAccount, coverage: dict[str, Any] | None
) -> None:
    account.data.cost_explorer.coverage = coverage
    assert collected(account, "reservation_coverage", NOW) == ([], [])


def test_the_advice_is_asked_for_once_in_this_account_s_name(account: SimulatedAccount) -> None:
    account.data.cost_explorer.advice = {
        "HourlyCommitmentToPurchase": "0.214",
        "EstimatedMonthlySavingsAmount": "27.43",
        "CurrencyCode": "USD",
    }
    found, gaps = collected(account, "savings_plan_advice")
    assert found == [SavingsPlanAdvice(Decimal("0.214"), Decimal("27.43"), "USD")]
    assert gaps == []
    [call] = asked(account, "GetSavingsPlansPurchaseRecommendation")
    assert call["Filter"]["Dimensions"]["Values"] == ["210987654321"]
    assert (call["SavingsPlansType"], call["AccountScope"]) == ("COMPUTE_SP", "LINKED")


@pytest.mark.parametrize("advice", [{}, {"HourlyCommitmentToPurchase": "0"}])
def test_where_aws_advises_nothing_there_is_no_advice(
    account: SimulatedAccount, advice: dict[str, str]
) -> None:
    account.data.cost_explorer.advice = advice
    assert collected(account, "savings_plan_advice") == ([], [])


def test_scaling_activities_are_read_to_the_last_page(account: SimulatedAccount) -> None:
    scaled = account.data.application_autoscaling
    for hours in range(3):
        scaled.add_activity("table/fixed", READS, 20 + hours, NOW - timedelta(hours=hours))
    account.page_size("application-autoscaling", "DescribeScalingActivities", 1)
    found, gaps = collected(account, "table_scaling_activities", [FIXED])
    assert found[0] == ScalingActivity(
        "table/fixed", "Setting read capacity units to 20.", "Successful", NOW
    )
    assert (len(found), gaps) == (3, [])


def test_where_no_table_can_scale_no_activity_is_asked_for(account: SimulatedAccount) -> None:
    account.fail("application-autoscaling", "DescribeScalingActivities", AccessDenied)
    on_demand = Table("arn:t", "t", NOW, billing_mode="PAY_PER_REQUEST")
    assert collected(account, "table_scaling_activities", [on_demand]) == ([], [])


def test_what_the_demanded_filters_count_is_read_by_the_hour(account: SimulatedAccount) -> None:
    def made(name: str, *metrics: CountedMetric) -> MetricFilter:
        return MetricFilter("/shop/orders", name, metrics)

    for name in ("GaveUp", "Rejected", "Other"):
        for by in ({}, {"Tenant": "a"}):
            account.data.cloudwatch.add_metric("us-east-1", "Shop", name, by, 3, at=FIRST)
    rejected = CountedMetric("Shop", "Rejected")
    filters = [
        made("gave-up", CountedMetric("Shop", "GaveUp")),
        made("rejected", rejected, CountedMetric("Shop", "Other")),
        made("by-tenant", CountedMetric("Shop", "Rejected", frozenset({"Tenant"}))),
        made("unasked", CountedMetric("Shop", "Other")),
    ]
    demands = [
        {"log_group": "/shop/*", "filter": "gave-up"},
        {"log_group": "/shop/*", "metric": "Rejected"},
        {"log_group": "/elsewhere", "filter": "unasked"},
    ]
    found, gaps = collected(account, "filter_counts", filters, NOW, demands=demands)
    assert [(each.query.name, each.points) for each in found] == [
        ("GaveUp", ((FIRST, 3),)),
        ("Rejected", ((FIRST, 3),)),
    ]
    assert gaps == []


def test_percentiles_of_the_day_are_told_apart(account: SimulatedAccount) -> None:
    by = {"ApiId": "h1", "Stage": "prod"}
    for value in range(1, 101):
        account.data.cloudwatch.add_metric(
            "us-east-1", "AWS/ApiGateway", "Latency", by, value, at=FIRST
        )
    api = Api("arn:http", "h1", "partners", "HTTP")
    [levels], _ = collected(account, "api_levels", [], [api], NOW, stages=("prod",))
    assert (levels.p50_ms, levels.p95_ms, levels.p99_ms) == (50, 95, 99)


def test_a_refused_figure_leaves_the_statement_to_decide(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    item = "cost.reserved-capacity"
    production.fail("ce", "GetReservationCoverage", AccessDenied)
    try:
        result = evaluated(production, item).results[item]
    finally:
        production.heal()
    assert result.status is Status.PASS
    assert "grant ce:GetReservationCoverage" in result.summary
