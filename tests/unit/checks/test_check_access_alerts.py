"""Alerts that page somebody, and arrive in the team's chat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from records import NOW
from records_listening import days_ago

from compliance.checks.access import alerts_arrive_in_chat, alerts_page_somebody
from compliance.facts.chat import ChatChannel
from compliance.facts.incidents import ResponsePlan
from compliance.facts.memories import LastDelivery
from compliance.facts.secrets import Secret
from compliance.facts.topics import Subscription, Topic
from compliance.model import Verdict

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
TOPICS = (Topic(TOPIC),)
PAGER = Subscription(TOPIC, "https", "https://events.pager.example/x", confirmed=True)
SLACK = ChatChannel("arn:chat", "Slack", (TOPIC,), enabled=True)
SECRET = Secret("arn:secret", "omnitrack/slack", NOW, NOW)


def faults(verdict: Verdict) -> set[tuple[str, str]]:
    return {offender.key for offender in verdict.offenders}


def paging(
    *subscriptions: Subscription, topics: Any = TOPICS, plans: Any = (), **settings: Any
) -> Verdict:
    given = {"hosts": ["pager.example"], "incident_manager": False} | settings
    return alerts_page_somebody(topics, subscriptions, plans, topic=TOPIC, **given)


def test_a_confirmed_https_subscription_of_the_paging_service_pages() -> None:
    assert faults(paging(PAGER)) == set()


@pytest.mark.parametrize(
    "other",
    [
        replace(PAGER, endpoint="https://notpager.example/x"),
        replace(PAGER, endpoint="https://pager.example.evil.example/x"),
        replace(PAGER, endpoint="https://other.example/pager.example"),
        replace(PAGER, endpoint="https://[broken/x"),
        replace(PAGER, protocol="http", endpoint="http://pager.example/x"),
        replace(PAGER, topic_arn=f"{TOPIC}-other"),
    ],
    ids=lambda other: other.endpoint + other.topic_arn[-6:],
)
def test_a_subscription_of_another_host_protocol_or_topic_does_not_page(
    other: Subscription,
) -> None:
    assert faults(paging(other)) == {(TOPIC, "no-paging-subscription")}


@pytest.mark.parametrize("host", ["pager.example", "events.pager.example", "EVENTS.PAGER.EXAMPLE"])
def test_the_host_itself_counts_and_those_below_it_in_any_case(host: str) -> None:
    assert faults(paging(PAGER, hosts=[host])) == set()


def test_a_pending_subscription_is_a_fault_of_its_own() -> None:
    pending = replace(PAGER, confirmed=False)
    assert faults(paging(pending)) == {(TOPIC, "pending-confirmation")}
    assert faults(paging(pending, PAGER)) == set()


def test_a_subscription_of_a_topic_that_is_gone_pages_nobody() -> None:
    assert faults(paging(PAGER, topics=())) == {(TOPIC, "topic-gone")}


def test_a_response_plan_pages_where_the_baseline_uses_incident_manager() -> None:
    plan = ResponsePlan("arn:plan", "plan")
    assert faults(paging(plans=[plan], incident_manager=True)) == set()
    assert faults(paging(plans=[plan])) == {(TOPIC, "no-paging-subscription")}
    assert faults(paging(PAGER, incident_manager=True)) == set()
    alone = paging(PAGER, hosts=[], incident_manager=True)
    assert faults(alone) == {(TOPIC, "no-response-plan")}


def test_without_a_paging_service_in_the_baseline_the_item_does_not_apply() -> None:
    assert paging(PAGER, hosts=[]).inapplicable == "the baseline uses no paging service"


def chat(
    *channels: ChatChannel, secrets: Any = (), slack_days_ago: float | None = None, **settings: Any
) -> Verdict:
    deliveries = [LastDelivery("mail", NOW)]
    if slack_days_ago is not None:
        deliveries.append(LastDelivery("slack", days_ago(slack_days_ago)))
    given = {"topic": TOPIC, "secret": "omnitrack/slack", "delivered_within_days": 35} | settings
    return alerts_arrive_in_chat(channels, secrets, deliveries, NOW, **given)


def test_a_chat_client_with_the_alerts_topic_is_enough() -> None:
    assert faults(chat(SLACK)) == set()


def test_a_chat_client_with_another_topic_is_none() -> None:
    other = replace(SLACK, topic_arns=("arn:aws:sns:us-east-1:1:other",))
    assert faults(chat(other, secret=None)) == {(TOPIC, "no-chat-client")}


def test_a_disabled_chat_client_is_named() -> None:
    off = replace(SLACK, enabled=False)
    assert faults(chat(off, secret=None)) == {("arn:chat", "client-disabled")}
    assert faults(chat(off, replace(SLACK, arn="arn:second"), secret=None)) == set()


def test_a_webhook_to_which_something_was_delivered_of_late_is_enough() -> None:
    assert faults(chat(secrets=[SECRET], slack_days_ago=35)) == set()
    off = replace(SLACK, enabled=False)
    assert faults(chat(off, secrets=[SECRET], slack_days_ago=1)) == set()


@pytest.mark.parametrize("days", [None, 36.0])
def test_a_webhook_that_took_nothing_of_late_is_not_proven(days: float | None) -> None:
    verdict = chat(secrets=[SECRET], slack_days_ago=days)
    assert faults(verdict) == {("channel:slack", "no-recent-delivery")}


def test_a_webhook_whose_secret_is_gone_is_none_whatever_was_delivered() -> None:
    assert faults(chat(slack_days_ago=1)) == {("secret:omnitrack/slack", "missing")}
    leaving = replace(SECRET, deleted_at=NOW)
    assert faults(chat(secrets=[leaving], slack_days_ago=1)) == {
        ("arn:secret", "scheduled-for-deletion")
    }
