"""The topics that alerts are sent to, and whether AWS's services may use them and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from compliance.collectors.keys import DESCRIBE_KEY
from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.alarms import BILLING_REGION
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.budgets import BudgetSubscriber
from compliance.facts.costs import AnomalySubscription
from compliance.facts.keys import Key
from compliance.facts.topics import TopicPolicy
from compliance.model import Gap
from compliance.registry import Read, collector

GET_TOPIC = Read("sns", "GetTopicAttributes", absent=frozenset({"NotFound"}))
GET_KEY_POLICY = Read("kms", "GetKeyPolicy", absent=frozenset({"NotFoundException"}))

_OF_SNS = "alias/aws/sns"


@collector(GET_TOPIC, topic="alarms.topic", others="alert_topics.others")
def alert_topics(reader: Reader, *, topic: str, others: Sequence[str]) -> Iterator[AlertTopic]:
    """Each alert topic of the baseline, asked for in the region of its ARN."""
    arns = dict.fromkeys((topic, *others))
    yield from reader.each(arns, partial(_topic, reader), arn=lambda arn: arn)


def _topic(reader: Reader, arn: str) -> AlertTopic | None:
    answer = reader.call(GET_TOPIC, region=arn.split(":")[3], TopicArn=arn)
    if answer is None:
        return None
    attributes = answer["Attributes"]
    return AlertTopic(
        arn,
        attributes.get("KmsMasterKeyId") or None,
        int(attributes.get("SubscriptionsConfirmed", 0)),
        attributes.get("Policy", ""),
    )


@collector(DESCRIBE_KEY, GET_KEY_POLICY)
def topic_keys(
    reader: Reader, alert_topics: Sequence[AlertTopic], keys: Sequence[Key]
) -> Iterator[TopicKey]:
    """The key of each alert topic that has one, with the policy of a customer's key.

    Keys of the region are known already; one of another region is described there. The policy of
    another account's key can be read there alone, so that nothing is said of its topic.
    """
    known = {name: key for key in keys for name in (key.arn.rpartition("/")[2], *key.aliases)}
    encrypted = [topic for topic in alert_topics if topic.key]
    yield from reader.each(encrypted, partial(_key, reader, known), arn=lambda topic: topic.arn)


def _key(reader: Reader, known: Mapping[str, Key], topic: AlertTopic) -> TopicKey:
    named = str(topic.key)
    region, account = topic.arn.split(":")[3:5]
    if named.startswith("arn:"):
        account = named.split(":")[4]
    name = named.rpartition(":")[2]
    if name == _OF_SNS:
        return TopicKey(topic.arn, "Enabled", customer_managed=False)
    if account != reader.identity.account:
        message = f"the key {named} is of another account"
        raise ReadFailed(Gap(GET_KEY_POLICY.action, "OtherAccount", message))
    found = known.get(name.removeprefix("key/")) if region == reader.identity.region else None
    key = found or _described(reader, region, named)
    if key is None:
        return TopicKey(topic.arn, "Gone")
    if not key.customer_managed:
        return TopicKey(topic.arn, key.state, customer_managed=False)
    answer = reader.call(GET_KEY_POLICY, region=region, KeyId=key.arn, PolicyName="default")
    if answer is None:
        return TopicKey(topic.arn, "Gone")
    return TopicKey(topic.arn, key.state, arn=key.arn, policy=answer["Policy"])


def _described(reader: Reader, region: str, named: str) -> Key | None:
    answer = reader.call(DESCRIBE_KEY, region=region, KeyId=named)
    if answer is None:
        return None
    metadata = answer["KeyMetadata"]
    return Key(metadata["Arn"], metadata["KeyManager"], metadata["KeyState"])


@collector(GET_TOPIC, vouches=True)
def budget_topic_policies(
    reader: Reader,
    alert_topics: Sequence[AlertTopic],
    budget_subscribers: Sequence[BudgetSubscriber],
) -> Iterator[TopicPolicy]:
    """The policy of each topic of this account that a budget alerts; an alert topic's is known."""
    known = [TopicPolicy(topic.arn, topic.policy) for topic in alert_topics]
    yield from _policies(reader, known, (each.address for each in budget_subscribers))


@collector(GET_TOPIC, vouches=True)
def anomaly_topic_policies(
    reader: Reader,
    alert_topics: Sequence[AlertTopic],
    budget_topic_policies: Sequence[TopicPolicy],
    anomaly_subscriptions: Sequence[AnomalySubscription],
) -> Iterator[TopicPolicy]:
    """The policy of each topic of this account that is told of anomalies, read if not yet known."""
    known = [TopicPolicy(topic.arn, topic.policy) for topic in alert_topics]
    subscribers = (each for told in anomaly_subscriptions for each in told.subscribers)
    addresses = (subscriber.address for subscriber in subscribers)
    yield from _policies(reader, [*known, *budget_topic_policies], addresses)


def _policies(
    reader: Reader, known: Iterable[TopicPolicy], addresses: Iterable[str]
) -> Iterator[TopicPolicy]:
    """Topics elsewhere are none that spend is told to, unless the baseline vouches for them."""
    policies = {each.topic_arn: each for each in known}
    where = reader.identity
    here = tuple(
        f"arn:{where.partition}:sns:{region}:{where.account}:"
        for region in (where.region, BILLING_REGION)
    )
    arns = dict.fromkeys(address for address in addresses if address.startswith(here))
    yield from (policies[arn] for arn in arns if arn in policies)
    yield from reader.each((arn for arn in arns if arn not in policies), partial(_policy, reader))


def _policy(reader: Reader, arn: str) -> TopicPolicy | None:
    topic = _topic(reader, arn)
    return TopicPolicy(arn, topic.policy) if topic else None
