"""Budgets cover the account, are kept to, and tell somebody in time."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from example_alarms import ACCOUNT, IDENTITY, SUBSCRIPTIONS, TOPIC, TOPICS

from compliance.checks.cost import budgets_alert_in_time
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.facts.topics import Subscription, Topic, TopicPolicy
from compliance.model import Identity, Verdict

ARN = f"arn:aws:budgets::{ACCOUNT}:budget/monthly"
BUDGET = Budget(
    ARN, "monthly", "MONTHLY", Decimal(1500), "USD", Decimal(700), Decimal(1400), whole_account=True
)
ACTUAL = BudgetNotification(ARN, "ACTUAL", "GREATER_THAN", Decimal(80), in_percent=True)
FORECAST = replace(ACTUAL, on="FORECASTED", threshold=Decimal(100))
IRELAND = Identity(ACCOUNT, "eu-west-1")


def admitting(topic: str, service: str = "budgets.amazonaws.com") -> TopicPolicy:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "SNS:Publish",
        "Resource": topic,
    }
    return TopicPolicy(topic, json.dumps({"Statement": [statement]}))


PAGER = "arn:aws:sns:us-east-1:999999999999:pager"


def by_mail(*notifications: BudgetNotification) -> list[BudgetSubscriber]:
    return [BudgetSubscriber(n, "EMAIL", "oncall@example.com") for n in notifications]


def by_topic(topic: str = TOPIC) -> list[BudgetSubscriber]:
    return [BudgetSubscriber(n, "SNS", topic) for n in (ACTUAL, FORECAST)]


def judged(
    *budgets: Budget,
    notifications: Sequence[BudgetNotification] = (ACTUAL, FORECAST),
    subscribers: Sequence[BudgetSubscriber] | None = None,
    **others: Any,
) -> Verdict:
    given: dict[str, Any] = {
        "topics": TOPICS,
        "subscriptions": SUBSCRIPTIONS,
        "budget_topic_policies": [admitting(TOPIC)],
        "identity": IDENTITY,
        "trusted_targets": [],
    } | others
    given.setdefault("billing_region_topics", given["topics"])
    given.setdefault("billing_region_subscriptions", given["subscriptions"])
    return budgets_alert_in_time(
        budgets,
        notifications,
        by_mail(*notifications) if subscribers is None else subscribers,
        monthly_limit_usd=1500,
        **given,
    )


def faults(verdict: Verdict) -> list[str]:
    assert {offender.resource for offender in verdict.offenders} <= {ARN, "budget:account"}
    return [offender.fault for offender in verdict.offenders]


def test_a_budget_of_the_whole_account_with_both_alerts_holds() -> None:
    verdict = judged(BUDGET)
    assert (verdict.evaluated, verdict.offenders) == (("budget:account", ARN), ())


def test_no_budget_at_all_is_a_missing_one() -> None:
    [offender] = judged().offenders
    assert offender.key == ("budget:account", "missing")
    assert offender.observed == "no budget covers the whole account"
    assert offender.expected == "a cost budget of at most 1,500 USD a month without filters"
    assert offender.absent_from == ("budgets",)


def test_a_filtered_budget_does_not_cover_the_account() -> None:
    assert faults(judged(replace(BUDGET, whole_account=False))) == ["missing"]


def test_a_filtered_budget_beside_one_of_the_account_is_fine() -> None:
    team = replace(BUDGET, arn=f"{ARN}2", whole_account=False, limit=Decimal(9000))
    heard = [replace(n, budget_arn=team.arn) for n in (ACTUAL, FORECAST)]
    assert judged(BUDGET, team, notifications=[ACTUAL, FORECAST, *heard]).offenders == ()


def test_a_daily_budget_does_not_cover_the_month() -> None:
    assert faults(judged(replace(BUDGET, period="DAILY"))) == ["missing"]


@pytest.mark.parametrize("period", ["MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"])
def test_a_budget_of_any_longer_period_covers_the_account(period: Any) -> None:
    assert judged(replace(BUDGET, period=period)).offenders == ()


# Limits


def test_a_limit_above_the_baseline_fails() -> None:
    [offender] = judged(replace(BUDGET, limit=Decimal(2000))).offenders
    assert offender.key == (ARN, "limit-above-baseline")
    assert (offender.observed, offender.expected) == ("a limit of 2,000 USD", "at most 1,500 USD")


@pytest.mark.parametrize(
    ("days", "limit", "wanted"),
    [
        (73, 3600, None),
        (73, 3601, "at most 3,600.00 USD"),
        (365, 18000, None),
        (365, 18001, "at most 18,000.00 USD"),
        (10, 1500, "at most 493.15 USD"),
    ],
)
def test_a_limit_for_a_period_of_one_s_own_is_scaled_to_the_month(
    days: int, limit: int, wanted: str | None
) -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    own = replace(BUDGET, period="CUSTOM", starts_at=start, ends_at=start + timedelta(days=days))
    verdict = judged(replace(own, limit=Decimal(limit), actual=Decimal(1), forecast=None))
    assert [(o.fault, o.expected) for o in verdict.offenders] == (
        [("limit-above-baseline", wanted)] if wanted else []
    )


def test_a_period_of_one_s_own_without_an_end_is_taken_for_a_month() -> None:
    own = replace(BUDGET, period="CUSTOM", limit=Decimal(1501))
    assert faults(judged(own)) == ["limit-above-baseline"]


def test_a_budget_that_adjusts_itself_above_the_baseline_says_so() -> None:
    [offender] = judged(replace(BUDGET, limit=Decimal(2000), adjusts=True)).offenders
    assert offender.observed == "a limit of 2,000 USD, which AWS adjusts by itself"
    assert judged(replace(BUDGET, adjusts=True)).offenders == ()


@pytest.mark.parametrize(
    "other",
    [{"period": "QUARTERLY"}, {"currency": "EUR"}, {"whole_account": False}],
)
def test_the_monthly_limit_holds_only_for_monthly_dollars_of_the_account(
    other: dict[str, Any],
) -> None:
    budget = replace(BUDGET, limit=Decimal(4000), **other)
    assert "limit-above-baseline" not in faults(judged(budget))


def test_a_budget_of_zero_fails() -> None:
    zero = replace(BUDGET, limit=Decimal(0), actual=Decimal(0), forecast=None)
    [offender] = judged(zero).offenders
    assert (offender.fault, offender.observed) == ("zero-limit", "a limit of 0 USD")


def test_actual_spend_over_the_limit_fails() -> None:
    [offender] = judged(replace(BUDGET, actual=Decimal("1500.01"))).offenders
    assert offender.key == (ARN, "actual-over-limit")
    assert offender.observed == "actual spend of 1,500.01 USD"
    assert offender.expected == "at most 1,500 USD"


def test_forecast_spend_over_the_limit_fails() -> None:
    assert faults(judged(replace(BUDGET, forecast=Decimal(1600)))) == ["forecast-over-limit"]


def test_spend_exactly_at_the_limit_is_within_it() -> None:
    at = replace(BUDGET, actual=Decimal(1500), forecast=Decimal(1500))
    assert judged(at).offenders == ()


def test_a_forecast_that_aws_cannot_make_yet_is_not_over() -> None:
    assert judged(replace(BUDGET, forecast=None)).offenders == ()


def test_a_budget_that_aws_calls_unhealthy_fails() -> None:
    assert faults(judged(replace(BUDGET, healthy=False))) == ["unhealthy"]


# Alerts


@pytest.mark.parametrize(
    ("left", "fault", "word"),
    [(FORECAST, "actual:no-alert", "actual"), (ACTUAL, "forecast:no-alert", "forecast")],
)
def test_each_kind_of_spend_needs_an_alert(left: BudgetNotification, fault: str, word: str) -> None:
    [offender] = judged(BUDGET, notifications=[left]).offenders
    assert offender.key == (ARN, fault)
    assert offender.observed == f"no alert on {word} spend"
    assert offender.absent_from == ("budget_notifications", "budget_subscribers")


def test_a_daily_budget_needs_no_alert_on_its_forecast() -> None:
    daily = replace(BUDGET, period="DAILY")
    assert faults(judged(daily, notifications=[ACTUAL])) == ["missing"]


@pytest.mark.parametrize("comparison", ["LESS_THAN", "EQUAL_TO"])
def test_an_alert_that_spend_can_rise_past_unseen_is_none(comparison: str) -> None:
    silent = replace(ACTUAL, comparison=comparison)
    assert faults(judged(BUDGET, notifications=[silent, FORECAST])) == ["actual:no-alert"]


@pytest.mark.parametrize(
    ("threshold", "in_percent", "in_time"),
    [
        (1, True, True),
        (100, True, True),
        ("100.5", True, False),
        (1200, False, True),
        (1500, False, True),
        (1501, False, False),
    ],
)
def test_an_alert_must_come_at_or_before_the_limit(
    threshold: Any,
    in_percent: bool,  # noqa: FBT001 -- a column of the table above
    in_time: bool,  # noqa: FBT001 -- a column of the table above
) -> None:
    alert = replace(ACTUAL, threshold=Decimal(threshold), in_percent=in_percent)
    expected = [] if in_time else ["actual:alert-above-limit"]
    assert faults(judged(BUDGET, notifications=[alert, FORECAST])) == expected


def test_one_alert_in_time_among_late_ones_is_enough() -> None:
    late = replace(ACTUAL, threshold=Decimal(150))
    assert judged(BUDGET, notifications=[late, ACTUAL, FORECAST]).offenders == ()


def test_a_late_alert_is_not_made_up_for_by_its_subscribers() -> None:
    late = replace(ACTUAL, threshold=Decimal(150))
    only_late = by_mail(late, FORECAST)
    verdict = judged(BUDGET, notifications=[late, ACTUAL, FORECAST], subscribers=only_late)
    assert faults(verdict) == ["actual:no-subscriber"]


def test_the_alerts_of_another_budget_do_not_count() -> None:
    other = replace(ACTUAL, budget_arn=f"{ARN}-other")
    assert faults(judged(BUDGET, notifications=[other, FORECAST])) == ["actual:no-alert"]


# Subscribers


def test_an_alert_without_a_subscriber_tells_nobody() -> None:
    [offender] = judged(BUDGET, subscribers=by_mail(FORECAST)).offenders
    assert offender.key == (ARN, "actual:no-subscriber")
    assert offender.observed == "its alert on actual spend has no subscriber"


def test_a_topic_with_a_confirmed_subscription_is_reached() -> None:
    assert judged(BUDGET, subscribers=by_topic()).offenders == ()


def test_a_topic_that_is_gone_tells_nobody() -> None:
    verdict = judged(BUDGET, subscribers=by_topic(), topics=())
    assert faults(verdict) == ["actual:topic-gone", "forecast:topic-gone"]
    assert verdict.offenders[0].absent_from == (
        "budget_notifications",
        "budget_subscribers",
        "billing_region_topics",
    )


def test_a_topic_that_nobody_confirmed_tells_nobody() -> None:
    pending = [replace(SUBSCRIPTIONS[0], confirmed=False)]
    verdict = judged(BUDGET, subscribers=by_topic(), subscriptions=pending)
    assert faults(verdict) == [
        "actual:no-confirmed-subscription",
        "forecast:no-confirmed-subscription",
    ]


def test_a_topic_that_does_not_let_aws_budgets_publish_tells_nobody() -> None:
    """None does of itself: an alarm of the same account reaches it all the same."""
    refusing = [admitting(TOPIC, "cloudwatch.amazonaws.com")]
    verdict = judged(BUDGET, subscribers=by_topic(), budget_topic_policies=refusing)
    assert faults(verdict) == ["actual:topic-refuses", "forecast:topic-refuses"]
    offender = verdict.offenders[0]
    assert offender.observed == "the topic alerts does not admit budgets.amazonaws.com"
    assert offender.absent_from == ("budget_notifications", "budget_subscribers")
    show, put = (shlex.split(command) for command in str(offender.fix).split(" && "))
    assert show[2:5] == ["get-topic-attributes", "--topic-arn", TOPIC]
    assert put[2:5] == ["set-topic-attributes", "--topic-arn", TOPIC]


def test_a_topic_whose_policy_went_unread_is_not_known_to_tell_anybody() -> None:
    verdict = judged(BUDGET, subscribers=by_topic(), budget_topic_policies=[])
    assert faults(verdict) == ["actual:topic-unread", "forecast:topic-unread"]
    assert {offender.absent_from for offender in verdict.offenders} == {
        ("budget_notifications", "budget_subscribers", "budget_topic_policies")
    }


def test_an_address_beside_a_topic_that_refuses_is_enough() -> None:
    both = [*by_topic(), *by_mail(ACTUAL, FORECAST)]
    assert judged(BUDGET, subscribers=both, budget_topic_policies=[]).offenders == ()


def test_an_address_beside_a_dead_topic_is_enough() -> None:
    both = [*by_topic(), *by_mail(ACTUAL, FORECAST)]
    assert judged(BUDGET, subscribers=both, topics=()).offenders == ()


def test_a_topic_elsewhere_counts_where_the_baseline_trusts_it() -> None:
    verdict = judged(BUDGET, subscribers=by_topic(PAGER))
    assert faults(verdict) == ["actual:target-elsewhere", "forecast:target-elsewhere"]
    assert judged(BUDGET, subscribers=by_topic(PAGER), trusted_targets=[PAGER]).offenders == ()


def test_a_topic_is_looked_for_in_its_own_region() -> None:
    local = TOPIC.replace("us-east-1", "eu-west-1")
    heard = Subscription(local, "email", "oncall@example.com", confirmed=True)
    here = {"identity": IRELAND, "topics": [Topic(local)], "subscriptions": [heard]}
    here["budget_topic_policies"] = [admitting(local), admitting(TOPIC)]
    there = {"billing_region_topics": TOPICS, "billing_region_subscriptions": SUBSCRIPTIONS}
    assert judged(BUDGET, subscribers=by_topic(local), **here, **there).offenders == ()
    assert judged(BUDGET, subscribers=by_topic(TOPIC), **here, **there).offenders == ()
    third = TOPIC.replace("us-east-1", "ap-south-1")
    verdict = judged(BUDGET, subscribers=by_topic(third), **here, **there)
    assert faults(verdict) == ["actual:target-elsewhere", "forecast:target-elsewhere"]


def test_a_silence_rests_on_every_fact_in_which_a_topic_was_looked_for() -> None:
    gone = [*by_topic(f"{TOPIC}-gone"), *by_topic()]
    verdict = judged(BUDGET, subscribers=gone, subscriptions=())
    assert set(verdict.offenders[0].absent_from) == {
        "budget_notifications",
        "budget_subscribers",
        "billing_region_topics",
        "billing_region_subscriptions",
    }


@pytest.mark.parametrize("address", ["", "nonsense"])
def test_an_address_that_is_no_arn_reaches_nobody(address: str) -> None:
    verdict = judged(BUDGET, subscribers=by_topic(address))
    assert faults(verdict) == ["actual:no-action", "forecast:no-action"]
