"""The topics that alerts are sent to, and whether AWS's services may use their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from compliance.collectors.keys import DESCRIBE_KEY
from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.keys import Key
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
