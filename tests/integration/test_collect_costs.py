"""Cost Explorer is asked little, in the account's own name, and understood in all its shapes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from evaluating import Evaluate
from reading import NOW, collected

from compliance.facts.alert_topics import AlertTopic
from compliance.facts.budgets import BudgetNotification, BudgetSubscriber
from compliance.facts.costs import (
    AnomalyMonitor,
    AnomalySubscriber,
    AnomalySubscription,
    BilledTagKey,
    DailyCost,
)
from compliance.facts.topics import TopicPolicy
from compliance.model import Status
from simulated_account import SimulatedAccount, omnitrack
from simulated_account.failures import AccessDenied

ITEMS = (
    "cost.allocation-tags",
    "cost.reserved-capacity",
    "cost.savings-plans",
    "cost.unused-resources",
    "bedrock.cost-alerts",
    "post-launch.cost",
)
KEYS = ["application", "environment"]
BOTH = [BilledTagKey(key) for key in KEYS]
MOST_REQUESTS = 8
VIEWS = "arn:aws:billing::"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as simulated:
        yield simulated


def operations(account: SimulatedAccount) -> list[str]:
    return [call.operation for call in account.calls if call.service == "ce"]


def keys(account: SimulatedAccount) -> tuple[list[Any], list[Any]]:
    return collected(account, "billed_tag_keys", NOW, keys=KEYS)


def test_keys_that_costs_carry_need_no_second_question(account: SimulatedAccount) -> None:
    account.data.cost_explorer.billed_keys = ["owner", *KEYS]
    assert keys(account) == (BOTH, [])
    assert operations(account) == ["GetTags"]
    [call] = [call for call in account.calls if call.operation == "GetTags"]
    assert call.params["TimePeriod"] == {"Start": "2026-05-02", "End": "2026-06-01"}


def test_a_key_activated_today_is_seen_by_the_payer(account: SimulatedAccount) -> None:
    costs = account.data.cost_explorer
    costs.billed_keys = ["application"]
    costs.set_tag_key("environment", active=True)
    assert keys(account) == (BOTH, [])


def test_a_key_that_is_not_active_or_of_another_case_is_none(account: SimulatedAccount) -> None:
    costs = account.data.cost_explorer
    costs.billed_keys = ["Application"]
    costs.set_tag_key("application", active=False)
    costs.set_tag_key("Environment", active=True)
    assert keys(account) == ([], [])


def test_an_account_that_another_pays_for_knows_what_costs_carry(account: SimulatedAccount) -> None:
    costs = account.data.cost_explorer
    costs.linked, costs.billed_keys = True, ["application"]
    assert keys(account) == ([BilledTagKey("application")], [])


def test_a_refusal_for_lack_of_permission_is_a_gap(account: SimulatedAccount) -> None:
    account.data.cost_explorer.billed_keys = ["application"]
    account.fail("ce", "ListCostAllocationTags", AccessDenied)
    found, [gap] = keys(account)
    assert found == [BilledTagKey("application")]
    assert (gap.action, gap.refused) == ("ce:ListCostAllocationTags", True)


def test_an_account_without_data_is_asked_for_its_list(account: SimulatedAccount) -> None:
    account.fail("ce", "GetTags", "DataUnavailableException")
    account.data.cost_explorer.set_tag_key("application", active=True)
    assert keys(account) == ([BilledTagKey("application")], [])


def test_the_last_seven_whole_days_are_read(account: SimulatedAccount) -> None:
    for ago in range(10):
        account.data.cost_explorer.set_cost(NOW.date() - timedelta(days=ago), 1.5 + ago)
    found, gaps = collected(account, "daily_costs", NOW)
    assert [cost.day for cost in found] == [date(2026, 5, day) for day in range(25, 32)]
    assert found[-1] == DailyCost(date(2026, 5, 31), Decimal("2.5"), "USD")
    assert gaps == []


def test_costs_are_asked_for_of_this_account_without_credits(account: SimulatedAccount) -> None:
    account.data.cost_explorer.set_cost(NOW.date(), 1)
    collected(account, "daily_costs", NOW)
    [call] = [call for call in account.calls if call.operation == "GetCostAndUsage"]
    own, spent = call.params["Filter"]["And"]
    assert own["Dimensions"] == {"Key": "LINKED_ACCOUNT", "Values": ["210987654321"]}
    assert spent["Not"]["Dimensions"]["Values"] == ["Credit", "Refund", "Tax"]
    assert (call.params["Granularity"], call.params["Metrics"]) == ("DAILY", ["UnblendedCost"])


def test_an_account_without_costs_has_none_and_no_gap(account: SimulatedAccount) -> None:
    assert collected(account, "daily_costs", NOW) == ([], [])


def test_costs_that_the_payer_hides_are_a_gap(account: SimulatedAccount) -> None:
    account.fail("ce", "GetCostAndUsage", AccessDenied)
    _, [gap] = collected(account, "daily_costs", NOW)
    assert (gap.action, gap.refused) == ("ce:GetCostAndUsage", True)


def _anomaly(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "AnomalyId": name,
        "AnomalyStartDate": "2026-05-30T00:00:00Z",
        "AnomalyScore": {"MaxScore": 1.0, "CurrentScore": 1.0},
        "Impact": {"MaxImpact": 7.5},
        "MonitorArn": "arn:monitor",
        **fields,
    }


def test_anomalies_are_understood_in_every_shape(account: SimulatedAccount) -> None:
    account.data.cost_explorer.anomalies = [
        _anomaly("bare"),
        _anomaly(
            "full",
            AnomalyEndDate="2026-05-31",
            DimensionValue="AWS Lambda",
            Impact={"MaxImpact": 7.5, "TotalImpact": 20.25},
            Feedback="YES",
        ),
        _anomaly("caused", RootCauses=[{"Region": "us-east-1"}, {"Service": "Amazon Bedrock"}]),
    ]
    bare, full, caused = collected(account, "cost_anomalies", NOW)[0]
    assert (bare.service, bare.ended_on, bare.impact) == ("some service", None, Decimal("7.5"))
    assert (full.service, full.ended_on) == ("AWS Lambda", date(2026, 5, 31))
    assert (full.impact, full.feedback) == (Decimal("20.25"), "YES")
    assert (caused.service, caused.started_on) == ("Amazon Bedrock", date(2026, 5, 30))


def test_anomalies_of_other_accounts_are_left_out(account: SimulatedAccount) -> None:
    """A payer account sees those of all."""
    account.data.cost_explorer.anomalies = [
        _anomaly("theirs", RootCauses=[{"LinkedAccount": "999999999999"}]),
        _anomaly(
            "shared",
            RootCauses=[{"LinkedAccount": "999999999999"}, {"LinkedAccount": "210987654321"}],
        ),
    ]
    assert [each.id for each in collected(account, "cost_anomalies", NOW)[0]] == ["shared"]


def test_a_monitor_is_by_service_or_names_services_or_neither(account: SimulatedAccount) -> None:
    def monitor(name: str, kind: str, **fields: Any) -> dict[str, Any]:
        return {"MonitorArn": name, "MonitorName": name, "MonitorType": kind, **fields}

    def by(key: str) -> dict[str, Any]:
        return {"MonitorSpecification": {"Dimensions": {"Key": key, "Values": ["x"]}}}

    account.data.cost_explorer.monitors = [
        monitor("a", "DIMENSIONAL", MonitorDimension="SERVICE"),
        monitor("b", "DIMENSIONAL", MonitorDimension="LINKED_ACCOUNT"),
        monitor("c", "CUSTOM", **by("SERVICE")),
        monitor("d", "CUSTOM", **by("LINKED_ACCOUNT")),
        monitor("e", "CUSTOM", MonitorSpecification={"Tags": {"Key": "k", "Values": ["v"]}}),
    ]
    assert collected(account, "anomaly_monitors")[0] == [
        AnomalyMonitor("a", every_service=True),
        AnomalyMonitor("b", every_service=False),
        AnomalyMonitor("c", every_service=False, services=("x",)),
        AnomalyMonitor("d", every_service=False),
        AnomalyMonitor("e", every_service=False),
    ]


def test_a_subscriber_takes_alerts_unless_it_declined(account: SimulatedAccount) -> None:
    account.data.cost_explorer.subscriptions = [
        {
            "SubscriptionArn": "arn:s",
            "SubscriptionName": "s",
            "MonitorArnList": ["arn:a", "arn:b"],
            "Frequency": "DAILY",
            "Subscribers": [
                {"Type": "EMAIL", "Address": "a@b", "Status": "DECLINED"},
                {"Type": "SNS", "Address": "arn:t", "Status": "CONFIRMED"},
                {"Type": "EMAIL", "Address": "c@d"},
            ],
        }
    ]
    [found] = collected(account, "anomaly_subscriptions")[0]
    assert found.monitor_arns == ("arn:a", "arn:b")
    assert found.subscribers == (
        AnomalySubscriber("EMAIL", "a@b", accepts=False),
        AnomalySubscriber("SNS", "arn:t", accepts=True),
        AnomalySubscriber("EMAIL", "c@d", accepts=True),
    )


def test_the_policy_is_read_of_each_topic_of_the_account_that_is_told_of_spend(
    account: SimulatedAccount,
) -> None:
    """Once: an alert topic's is known, and so is what a budget alerts already."""
    policies = {}
    for name in ("known", "budgets", "anomalies"):
        sns = account.client("sns", "us-east-1")
        arn = sns.create_topic(Name=name)["TopicArn"]
        policies[name] = TopicPolicy(arn, f'{{"Statement":[{{"Sid":"{name}"}}]}}')
        sns.set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=policies[name].policy
        )
    gone = policies["known"].topic_arn.replace("known", "gone")
    here = [each.topic_arn for each in policies.values()]
    far = [arn.replace(":us-east-1:", ":eu-west-1:") for arn in here]
    others = [*far, "arn:aws:sns:us-east-1:999999999999:theirs", "a@b"]
    alert_topic = AlertTopic(here[0], None, 1, policies["known"].policy)
    notification = BudgetNotification("arn", "ACTUAL", "GREATER_THAN", Decimal(80), in_percent=True)
    subscribers = [
        BudgetSubscriber(notification, "SNS", each) for each in (*here[:2], *here[:2], *others)
    ]
    read, _ = collected(account, "budget_topic_policies", [alert_topic], subscribers)
    assert read == [policies["known"], policies["budgets"]]
    told = tuple(AnomalySubscriber("SNS", each, accepts=True) for each in (*here, gone, *others))
    anomalies = AnomalySubscription("arn", (), "DAILY", told)
    found, _ = collected(account, "anomaly_topic_policies", [alert_topic], read, [anomalies])
    assert sorted(found, key=lambda each: here.index(each.topic_arn)) == [*policies.values()]
    asked = [call.params["TopicArn"] for call in account.calls if call.operation == _ASKED]
    assert sorted(asked) == sorted([here[1], here[2], gone])


_ASKED = "GetTopicAttributes"


def test_a_topic_that_refuses_to_be_read_leaves_open_whether_it_is_told(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    """Where nobody else hears of the budget; an address beside it settles the matter."""
    sns = account.client("sns", "us-east-1")
    arn = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@b.example")
    account.confirm_subscriptions(arn)
    account.fail("sns", _ASKED, AccessDenied)
    by_topic = {"SubscriptionType": "SNS", "Address": arn}
    by_mail = {"SubscriptionType": "EMAIL", "Address": "a@b.example"}
    for name, subscribers in (("heard", [by_topic, by_mail]), ("unknown", [by_topic])):
        _make_budget(account, name, subscribers)
        result = evaluated(account, "cost.budget-alerts").results["cost.budget-alerts"]
        assert result.status is (Status.PASS if name == "heard" else Status.UNKNOWN)


def _make_budget(account: SimulatedAccount, name: str, subscribers: list[Any]) -> None:
    account.client("budgets").create_budget(
        AccountId=account.account_id,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": on,
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 80,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": subscribers,
            }
            for on in ("ACTUAL", "FORECASTED")
        ],
    )


@pytest.mark.parametrize(
    ("narrowed", "services", "whole"),
    [
        ({}, (), True),
        ({"CostFilters": {"Service": ["Amazon Bedrock"]}}, ("Amazon Bedrock",), False),
        (
            {"CostFilters": {"Service": ["A"], "LinkedAccount": ["210987654321"]}},
            ("A",),
            False,
        ),
        ({"CostFilters": {"Service": ["A"], "Region": ["us-east-1"]}}, (), False),
        ({"CostFilters": {"LinkedAccount": ["210987654321"]}}, (), True),
        ({"BillingViewArn": f"{VIEWS}210987654321:billingview/primary"}, (), True),
        ({"BillingViewArn": f"{VIEWS}999999999999:billingview/primary"}, (), False),
        ({"BillingViewArn": f"{VIEWS}210987654321:billingview/custom-0f1e"}, (), False),
        (
            {
                "CostFilters": {"Service": ["A"]},
                "BillingViewArn": f"{VIEWS}210987654321:billingview/custom-0f1e",
            },
            (),
            False,
        ),
        (
            {"FilterExpression": {"Dimensions": {"Key": "SERVICE", "Values": ["A", "B"]}}},
            ("A", "B"),
            False,
        ),
        (
            {
                "FilterExpression": {
                    "And": [
                        {"Dimensions": {"Key": "SERVICE", "Values": ["A"]}},
                        {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["210987654321"]}},
                    ]
                }
            },
            ("A",),
            False,
        ),
        (
            {"FilterExpression": {"Not": {"Dimensions": {"Key": "SERVICE", "Values": ["A"]}}}},
            (),
            False,
        ),
    ],
)
def test_a_budget_is_of_services_if_nothing_else_narrows_it(
    account: SimulatedAccount, narrowed: dict[str, Any], services: tuple[str, ...], *, whole: bool
) -> None:
    account.client("budgets").create_budget(
        AccountId=account.account_id,
        Budget={
            "BudgetName": "some",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "9", "Unit": "USD"},
            **narrowed,
            **({"Metrics": ["UnblendedCost"]} if "FilterExpression" in narrowed else {}),
        },
    )
    [budget] = collected(account, "budgets", datetime.now(UTC))[0]
    assert (budget.services, budget.whole_account) == (services, whole)


@pytest.fixture(scope="module")
def production() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as account:
        omnitrack.seed(account)
        yield account


def test_a_run_of_all_asks_cost_explorer_eight_times(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    report = evaluated(production, *ITEMS)
    asked = {name: n for name, n in report.calls.operations.items() if name.startswith("ce:")}
    assert set(asked.values()) == {1}
    assert len(asked) == MOST_REQUESTS


def test_however_many_pages_there_are_few_are_paid_for(
    production: SimulatedAccount, evaluated: Evaluate
) -> None:
    costs = production.data.cost_explorer
    monitors, costs.monitors = costs.monitors, costs.monitors * 40
    production.page_size("ce", "GetAnomalyMonitors", 1)
    try:
        report = evaluated(production, *ITEMS)
    finally:
        costs.monitors = monitors
        production.page_size("ce", "GetAnomalyMonitors", None)
    asked = sum(n for name, n in report.calls.operations.items() if name.startswith("ce:"))
    assert asked == MOST_REQUESTS
    result = report.results["bedrock.cost-alerts"]
    assert result.status is Status.UNKNOWN
    assert "ce:GetAnomalyMonitors answered TooManyRequests" in str(result.reason)
    assert "a run makes at most 8" in str(result.reason)
