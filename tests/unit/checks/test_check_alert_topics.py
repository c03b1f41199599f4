"""Alert topics are there, heard, and encrypted so that AWS can publish; mails are confirmed."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from compliance.checks.topics import alert_mails_are_confirmed, alert_topics_reach_somebody
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.topics import Subscription
from compliance.model import Identity, Verdict

ARN = "arn:aws:sns:eu-west-1:123456789012:alerts"
BILLING = "arn:aws:sns:us-east-1:123456789012:charges"
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
SERVICES = ("cloudwatch.amazonaws.com", "events.amazonaws.com")
TOPIC = AlertTopic(ARN, "alias/alerts", 1)
POLICY = {"Statement": [{"Effect": "Allow", "Principal": {"Service": SERVICES}, "Action": "kms:*"}]}
KEY = TopicKey(ARN, "Enabled", arn=KEY_ARN, policy=json.dumps(POLICY))


def judged(
    *topics: AlertTopic, keys: Sequence[TopicKey] = (KEY,), others: Sequence[str] = ()
) -> Verdict:
    return alert_topics_reach_somebody(topics, keys, topic=ARN, others=others, services=SERVICES)


def faults(verdict: Verdict) -> list[str]:
    return [offender.fault for offender in verdict.offenders]


def test_a_topic_with_a_subscriber_and_a_key_that_services_may_use_holds() -> None:
    verdict = judged(TOPIC)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_topic_that_is_gone_fails_alone() -> None:
    verdict = judged(TOPIC, others=[BILLING])
    assert verdict.evaluated == (ARN, BILLING)
    [offender] = verdict.offenders
    assert (offender.key, offender.absent_from) == ((BILLING, "missing"), ("alert_topics",))


def test_a_topic_that_nobody_confirmed_fails() -> None:
    assert faults(judged(replace(TOPIC, confirmed_subscriptions=0))) == [
        "no-confirmed-subscription"
    ]


def test_a_topic_without_a_key_fails() -> None:
    assert faults(judged(replace(TOPIC, key=None), keys=())) == ["unencrypted"]


def test_the_key_that_aws_manages_fails() -> None:
    managed = TopicKey(ARN, "Enabled", customer_managed=False)
    [offender] = judged(replace(TOPIC, key="alias/aws/sns"), keys=[managed]).offenders
    assert offender.fault == "aws-managed-key"
    assert offender.observed.startswith("alias/aws/sns is a key of AWS")


def test_a_key_that_is_gone_fails() -> None:
    assert faults(judged(TOPIC, keys=[TopicKey(ARN, "Gone")])) == ["key-gone"]


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "Unavailable", "PendingImport"])
def test_a_key_that_cannot_be_used_fails(state: str) -> None:
    [offender] = judged(TOPIC, keys=[replace(KEY, state=state)]).offenders
    assert (offender.fault, offender.observed) == ("key-unusable", f"its key is {state}")


def test_a_key_that_is_being_updated_can_be_used() -> None:
    assert judged(TOPIC, keys=[replace(KEY, state="Updating")]).offenders == ()


def test_a_key_that_does_not_admit_a_service_fails_with_its_name() -> None:
    statement = {**POLICY["Statement"][0], "Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Statement": [statement]})
    [offender] = judged(TOPIC, keys=[replace(KEY, policy=policy)]).offenders
    assert offender.fault == "key-shuts-services-out"
    assert offender.observed == "the policy of its key does not admit cloudwatch.amazonaws.com"
    assert f"put-key-policy --key-id {KEY_ARN}" in str(offender.fix)
    assert "--region eu-west-1" in str(offender.fix)


def test_a_key_that_could_not_be_seen_is_not_judged() -> None:
    assert judged(TOPIC, keys=()).offenders == ()


# Mails


def mails(
    *subscriptions: Subscription,
    billing: Sequence[Subscription] = (),
    others: Sequence[str] = (),
) -> Verdict:
    identity = Identity("123456789012", "eu-west-1")
    return alert_mails_are_confirmed(subscriptions, billing, identity, topic=ARN, others=others)


def mail(
    to: str = "a@example.com", *, topic: str = ARN, confirmed: bool = True, protocol: str = "email"
) -> Subscription:
    return Subscription(topic, protocol, to, confirmed)


def test_mails_that_are_confirmed_hold() -> None:
    verdict = mails(mail())
    assert (verdict.evaluated, verdict.offenders) == (("subscription:alerts/a@example.com",), ())


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_a_mail_that_is_not_confirmed_fails_and_is_asked_again(protocol: str) -> None:
    [offender] = mails(mail(), mail("b@example.com", confirmed=False, protocol=protocol)).offenders
    assert offender.key == ("subscription:alerts/b@example.com", "unconfirmed")
    assert offender.fix == (
        f"aws sns subscribe --topic-arn {ARN} --protocol {protocol} "
        "--notification-endpoint b@example.com --region eu-west-1"
    )


def test_an_address_that_was_deleted_and_confirmed_again_fails_till_it_is_gone() -> None:
    both = [mail(), mail(confirmed=False)]
    assert faults(mails(*both)) == faults(mails(*both[::-1])) == ["unconfirmed"]


def test_other_topics_and_protocols_are_not_judged() -> None:
    others = [
        mail(topic=f"{ARN}-x", confirmed=False),
        mail("https://pager.example", protocol="https", confirmed=False),
    ]
    verdict = mails(*others)
    assert verdict.inapplicable == "no e-mail subscriptions to the alert topics"


def test_a_topic_on_charges_is_looked_at_where_it_is() -> None:
    pending = mail(topic=BILLING, confirmed=False)
    verdict = mails(mail(), billing=[pending], others=[BILLING])
    assert faults(verdict) == ["unconfirmed"]


def test_in_us_east_1_there_is_one_list() -> None:
    home = Identity("123456789012", "us-east-1")
    pending = mail(topic=BILLING, confirmed=False)
    verdict = alert_mails_are_confirmed([pending], [pending], home, topic=BILLING, others=())
    assert faults(verdict) == ["unconfirmed"]
