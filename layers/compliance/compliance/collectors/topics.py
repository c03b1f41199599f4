"""Amazon SNS, in the region and in us-east-1, where alarms on charges live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance.collectors.reader import Reader
from compliance.facts.alarms import BILLING_REGION
from compliance.facts.topics import Subscription, Topic
from compliance.registry import Read, collector

LIST_TOPICS = Read("sns", "ListTopics")
LIST_SUBSCRIPTIONS = Read("sns", "ListSubscriptions")

_UNCONFIRMED = frozenset({"PendingConfirmation", "Deleted"})


@collector(LIST_TOPICS)
def topics(reader: Reader) -> Iterator[Topic]:
    """Every topic in the region, 100 a page."""
    yield from _topics(reader, reader.identity.region)


@collector(LIST_TOPICS)
def billing_region_topics(reader: Reader, topics: Sequence[Topic]) -> Iterator[Topic]:
    """Every topic of us-east-1; read only where that is elsewhere."""
    if reader.identity.region == BILLING_REGION:
        yield from topics
    else:
        yield from _topics(reader, BILLING_REGION)


@collector(LIST_SUBSCRIPTIONS)
def subscriptions(reader: Reader) -> Iterator[Subscription]:
    """Every subscription in the region, 100 a page."""
    yield from _subscriptions(reader, reader.identity.region)


@collector(LIST_SUBSCRIPTIONS)
def billing_region_subscriptions(
    reader: Reader, subscriptions: Sequence[Subscription]
) -> Iterator[Subscription]:
    """Every subscription of us-east-1; read only where that is elsewhere."""
    if reader.identity.region == BILLING_REGION:
        yield from subscriptions
    else:
        yield from _subscriptions(reader, BILLING_REGION)


def _topics(reader: Reader, region: str) -> Iterator[Topic]:
    for page in reader.pages(LIST_TOPICS, region=region):
        for topic in page["Topics"]:
            yield Topic(topic["TopicArn"])


def _subscriptions(reader: Reader, region: str) -> Iterator[Subscription]:
    for page in reader.pages(LIST_SUBSCRIPTIONS, region=region):
        for subscription in page["Subscriptions"]:
            yield Subscription(
                topic_arn=subscription["TopicArn"],
                protocol=subscription.get("Protocol", ""),
                endpoint=subscription.get("Endpoint", ""),
                confirmed=subscription["SubscriptionArn"] not in _UNCONFIRMED,
            )
