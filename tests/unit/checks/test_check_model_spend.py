"""Somebody hears of spend on Amazon Bedrock, by a budget or by an anomaly monitor."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from compliance.checks.cost import model_spend_alerts_somebody
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.facts.costs import AnomalyMonitor, AnomalySubscriber, AnomalySubscription
from compliance.facts.topics import Subscription, Topic, TopicPolicy
from compliance.model import Identity, Verdict

IDENTITY = Identity("123456789012", "eu-west-1")
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
BUDGET = Budget(
    arn="arn:aws:budgets::123456789012:budget/bedrock",
    name="bedrock",
    period="MONTHLY",
    limit=Decimal(400),
    currency="USD",
    actual=Decimal(1),
    forecast=None,
    whole_account=False,
    services=("Amazon Bedrock", "Claude 3.5 Sonnet (Amazon Bedrock Edition)"),
)
ON_ACTUAL = BudgetNotification(BUDGET.arn, "ACTUAL", "GREATER_THAN", Decimal(80), in_percent=True)
TOLD = BudgetSubscriber(ON_ACTUAL, "EMAIL", "a@example.com")
BY_SERVICE = AnomalyMonitor("arn:monitor", every_service=True)
MAIL = AnomalySubscriber("EMAIL", "a@example.com", accepts=True)
DAILY = AnomalySubscription("arn:subscription", ("arn:monitor",), "DAILY", (MAIL,))


def judged(**facts: Any) -> Verdict:
    none: dict[str, Any] = {
        name: []
        for name in (
            "budgets",
            "budget_notifications",
            "budget_subscribers",
            "anomaly_monitors",
            "anomaly_subscriptions",
            "topics",
            "subscriptions",
            "billing_region_topics",
            "billing_region_subscriptions",
            "budget_topic_policies",
            "anomaly_topic_policies",
        )
    }
    return model_spend_alerts_somebody(**{**none, **facts}, identity=IDENTITY, trusted_targets=())


def of_budget(budget: Budget = BUDGET, **facts: Any) -> Verdict:
    heard = {"budget_notifications": [ON_ACTUAL], "budget_subscribers": [TOLD]}
    return judged(budgets=[budget], **{**heard, **facts})


def of_monitor(monitor: AnomalyMonitor = BY_SERVICE, *subscriptions: Any, **facts: Any) -> Verdict:
    told = list(subscriptions) or [DAILY]
    return judged(anomaly_monitors=[monitor], anomaly_subscriptions=told, **facts)


def found(verdict: Verdict) -> list[tuple[str, str]]:
    assert all(o.resource == "alert:bedrock-spend" for o in verdict.offenders)
    return [(o.fault, o.observed) for o in verdict.offenders]


NOTHING = [("missing", "no budget and no monitor is for Amazon Bedrock")]


def test_nothing_at_all_fails_and_rests_on_everything_that_was_looked_through() -> None:
    verdict = judged()
    assert found(verdict) == NOTHING
    assert {"budgets", "anomaly_monitors"} < set(verdict.offenders[0].absent_from)


def test_a_budget_for_bedrock_that_tells_somebody_of_actual_spend_holds() -> None:
    assert found(of_budget()) == []


@pytest.mark.parametrize("services", [(), ("Amazon Bedrock", "AWS Lambda")])
def test_a_budget_that_others_share_is_none_for_bedrock(services: tuple[str, ...]) -> None:
    assert found(of_budget(replace(BUDGET, services=services))) == NOTHING


def test_a_budget_without_a_subscriber_reaches_nobody() -> None:
    assert found(of_budget(budget_subscribers=[])) == [
        ("reaches-nobody", "bedrock: its alert on actual spend has no subscriber")
    ]


def test_a_budget_that_alerts_above_its_limit_reaches_nobody_in_time() -> None:
    late = replace(ON_ACTUAL, threshold=Decimal(120))
    verdict = of_budget(
        budget_notifications=[late], budget_subscribers=[replace(TOLD, notification=late)]
    )
    assert found(verdict) == [
        ("reaches-nobody", "bedrock: its alert on actual spend is above its limit")
    ]


@pytest.mark.parametrize(
    "monitor",
    [BY_SERVICE, AnomalyMonitor("arn:monitor", every_service=False, services=("Amazon Bedrock",))],
)
def test_a_monitor_that_watches_bedrock_holds(monitor: AnomalyMonitor) -> None:
    assert found(of_monitor(monitor)) == []


@pytest.mark.parametrize("services", [(), ("AWS Lambda",), ("Amazon Bedrock", "AWS Lambda")])
def test_a_monitor_of_something_else_does_not_count(services: tuple[str, ...]) -> None:
    monitor = AnomalyMonitor("arn:monitor", every_service=False, services=services)
    assert found(of_monitor(monitor)) == NOTHING


@pytest.mark.parametrize(
    ("subscription", "why"),
    [
        (replace(DAILY, frequency="WEEKLY"), "its anomalies are told once a week"),
        (replace(DAILY, monitor_arns=("arn:other",)), "nobody subscribes to its anomalies"),
        (replace(DAILY, subscribers=()), "its alerts have no subscriber"),
        (
            replace(DAILY, subscribers=(replace(MAIL, accepts=False),)),
            "a@example.com declined its alerts",
        ),
        (
            replace(DAILY, subscribers=(AnomalySubscriber("SNS", TOPIC, accepts=True),)),
            "the topic alerts does not exist",
        ),
    ],
)
def test_a_monitor_that_nobody_hears_in_time_fails(
    subscription: AnomalySubscription, why: str
) -> None:
    assert found(of_monitor(BY_SERVICE, subscription)) == [
        ("reaches-nobody", f"arn:monitor: {why}")
    ]


@pytest.mark.parametrize(
    ("services", "why"),
    [
        (["costalerts.amazonaws.com"], None),
        (["budgets.amazonaws.com"], "the topic alerts does not admit costalerts.amazonaws.com"),
        (None, "whether the topic alerts admits costalerts.amazonaws.com is not known"),
    ],
)
def test_a_topic_of_the_billing_region_is_heard_where_it_admits_what_tells_of_anomalies(
    services: list[str] | None, why: str | None
) -> None:
    to_topic = replace(DAILY, subscribers=(AnomalySubscriber("SNS", TOPIC, accepts=True),))
    statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "SNS:Publish"}
    policy = TopicPolicy(TOPIC, json.dumps({"Statement": statement}))
    verdict = of_monitor(
        BY_SERVICE,
        to_topic,
        billing_region_topics=[Topic(TOPIC)],
        billing_region_subscriptions=[Subscription(TOPIC, "email", "a@b", confirmed=True)],
        anomaly_topic_policies=[policy] if services else [],
    )
    assert found(verdict) == ([("reaches-nobody", f"arn:monitor: {why}")] if why else [])
    if why:
        assert "anomaly_topic_policies" in verdict.offenders[0].absent_from


def test_one_that_is_heard_makes_up_for_all_that_are_not() -> None:
    verdict = of_budget(
        budget_subscribers=[], anomaly_monitors=[BY_SERVICE], anomaly_subscriptions=[DAILY]
    )
    assert found(verdict) == []
