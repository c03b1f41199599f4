"""Alert topics: there, encrypted so that AWS can still publish, and heard."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from compliance.facts.alarms import BILLING_REGION
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.topics import Subscription
from compliance.model import Identity, Offender, Verdict, name_of
from compliance.registry import check
from compliance.resource_policy import USES_THE_KEY, shut_out

_EMAIL = frozenset({"email", "email-json"})
_USABLE = frozenset({"Enabled", "Updating"})


@check(alone=True)
def alert_topics_reach_somebody(
    alert_topics: Sequence[AlertTopic],
    topic_keys: Sequence[TopicKey],
    *,
    topic: str,
    others: Sequence[str],
    services: Sequence[str],
) -> Verdict:
    """Each alert topic exists, has a confirmed subscription, and a key that `services` may use.

    A service publishes to an encrypted topic only if the key's policy lets it make and open data
    keys. The policy of the key that AWS manages for SNS does not, and nobody can change it, so an
    alarm on such a topic fails in silence.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    named = tuple(dict.fromkeys((topic, *others)))
    there = {each.arn: each for each in alert_topics}
    keys = {each.topic_arn: each for each in topic_keys}
    return Verdict.of(
        "alert topic",
        named,
        (
            offender
            for arn in named
            for offender in (
                _faults(there[arn], keys.get(arn), services) if arn in there else _missing(arn)
            )
        ),
        holds="all have a confirmed subscription, and a key that AWS's services may use",
    )


def _missing(arn: str) -> Iterator[Offender]:
    yield Offender(
        arn, "missing", "there is no such topic", "an alert topic", absent_from=("alert_topics",)
    )


def _faults(topic: AlertTopic, key: TopicKey | None, services: Sequence[str]) -> Iterator[Offender]:
    if not topic.confirmed_subscriptions:
        yield Offender(
            topic.arn,
            "no-confirmed-subscription",
            "nobody has confirmed a subscription",
            "a confirmed subscription",
        )
    if topic.key is None:
        yield Offender(topic.arn, "unencrypted", "is not encrypted", "a customer-managed key")
    elif key:
        yield from _faults_of_key(topic, key, services)


def _faults_of_key(topic: AlertTopic, key: TopicKey, services: Sequence[str]) -> Iterator[Offender]:
    usable = "a customer-managed key that can be used"
    if not key.customer_managed:
        observed = f"{topic.key} is a key of AWS, through which alarms cannot publish"
        yield Offender(topic.arn, "aws-managed-key", observed, usable)
    elif key.state == "Gone":
        yield Offender(topic.arn, "key-gone", f"there is no key {topic.key}", usable)
    elif key.state not in _USABLE:
        yield Offender(topic.arn, "key-unusable", f"its key is {key.state}", usable)
    elif key.policy is not None and (refused := shut_out(key.policy, services, USES_THE_KEY)):
        yield Offender(
            topic.arn,
            "key-shuts-services-out",
            f"the policy of its key does not admit {', '.join(sorted(refused))}",
            "kms:GenerateDataKey* and kms:Decrypt for the services that publish",
            fix=_change_policy(key),
        )


def _change_policy(key: TopicKey) -> str:
    at = f"--key-id {key.arn} --policy-name default"
    region = f"--region {str(key.arn).split(':')[3]}"
    return (
        f"aws kms get-key-policy {at} --query Policy --output text {region} && "
        f"aws kms put-key-policy {at} --policy file://key-policy.json {region}"
    )


@check
def alert_mails_are_confirmed(
    subscriptions: Sequence[Subscription],
    billing_region_subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    topic: str,
    others: Sequence[str],
) -> Verdict:
    """No e-mail subscription to an alert topic waits for its confirmation, or was deleted.

    Topics of this region and of us-east-1 are looked at. That somebody hears a topic at all is
    another item's business: without mail subscriptions there is nothing to confirm.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """
    listed: Mapping[str, Sequence[Subscription]] = {
        BILLING_REGION: billing_region_subscriptions,
        identity.region: subscriptions,
    }
    mails = {
        f"subscription:{name_of(arn)}/{each.endpoint}": each
        for arn in dict.fromkeys((topic, *others))
        for each in sorted(listed.get(arn.split(":")[3], ()), key=lambda each: not each.confirmed)
        if each.topic_arn == arn and each.protocol in _EMAIL
    }
    if not mails:
        return Verdict.not_applicable("no e-mail subscriptions to the alert topics")
    return Verdict.of(
        "e-mail subscription",
        mails,
        (
            Offender(
                name,
                "unconfirmed",
                "waits for its confirmation, or was deleted",
                "confirmed",
                fix=_ask_again(each),
            )
            for name, each in mails.items()
            if not each.confirmed
        ),
        holds="all are confirmed",
    )


def _ask_again(subscription: Subscription) -> str:
    topic = subscription.topic_arn
    return (
        f"aws sns subscribe --topic-arn {topic} --protocol {subscription.protocol} "
        f"--notification-endpoint {shlex.quote(subscription.endpoint)} "
        f"--region {topic.split(':')[3]}"
    )
