"""Whom an alarm wakes: live targets, and composite alarms above it."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from example_alarms import (
    ACCOUNT,
    FUNCTION,
    REGION,
    SUBSCRIPTIONS,
    TOPIC,
    TOPICS,
    composite_alarm,
    function_alarm,
    targets,
)

from compliance.alarms.alerting import Alerting, Silence
from compliance.facts.alarms import Alarm, CompositeAlarm
from compliance.facts.topics import Subscription

ELSEWHERE = f"arn:aws:sns:{REGION}:999999999999:pager"
SCALING = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:autoScalingGroupName/g"
GONE = f"arn:aws:sns:{REGION}:{ACCOUNT}:gone"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
MUTE = function_alarm(actions=(), name="mute")


def silence(*alarms: Alarm, **others: object) -> Silence | None:
    """Why the first alarm wakes nobody."""
    return Alerting(alarms, targets(**others)).silence(alarms[0])


def fault(*alarms: Alarm, **others: object) -> str | None:
    found = silence(*alarms, **others)
    return found.fault if found else None


def of(*actions: str) -> Alarm:
    return function_alarm(actions=actions)


def test_a_topic_with_a_confirmed_subscription_is_heard() -> None:
    assert fault(of(TOPIC)) is None


def test_no_action_wakes_nobody() -> None:
    assert silence(of()) == Silence("no-action", "it has no action")


def test_disabled_actions_wake_nobody() -> None:
    assert silence(function_alarm(actions_enabled=False)) == Silence(
        "actions-disabled", "its actions are disabled"
    )


def test_a_topic_that_is_gone_wakes_nobody() -> None:
    assert silence(of(GONE)) == Silence("topic-gone", "the topic gone does not exist", ("topics",))


@pytest.mark.parametrize("heard", [(), (replace(SUBSCRIPTIONS[0], confirmed=False),)])
def test_a_topic_that_nobody_confirmed_wakes_nobody(heard: tuple[Subscription, ...]) -> None:
    assert silence(of(TOPIC), subscriptions=heard) == Silence(
        "no-confirmed-subscription",
        "the topic alerts has no confirmed subscription",
        ("subscriptions",),
    )


def test_one_confirmed_subscription_among_pending_ones_is_enough() -> None:
    pending = replace(SUBSCRIPTIONS[0], endpoint="new@example.com", confirmed=False)
    assert fault(of(TOPIC), subscriptions=(pending, *SUBSCRIPTIONS)) is None


@pytest.mark.parametrize(
    ("action", "does"),
    [
        (SCALING, "autoscaling"),
        (f"arn:aws:automate:{REGION}:ec2:reboot", "automate"),
        (f"arn:aws:swf:{REGION}:{ACCOUNT}:action/actions/AWS_EC2.InstanceId.Stop/1.0", "swf"),
        ("nonsense", "nonsense"),
    ],
)
def test_an_action_that_only_acts_wakes_nobody(action: str, does: str) -> None:
    assert silence(of(action)) == Silence("no-action", f"its action only acts on {does}")


def test_one_live_target_among_dead_ones_is_enough() -> None:
    assert fault(of(SCALING, GONE, TOPIC)) is None


def test_a_target_of_another_account_cannot_be_looked_at() -> None:
    assert silence(of(ELSEWHERE)) == Silence(
        "target-elsewhere", f"its target is in 999999999999 {REGION}"
    )


def test_a_target_of_another_region_cannot_be_looked_at() -> None:
    assert fault(of(TOPIC.replace(REGION, "eu-west-1"))) == "target-elsewhere"


def test_a_target_elsewhere_that_the_baseline_trusts_is_heard() -> None:
    assert fault(of(ELSEWHERE), trusted=(ELSEWHERE,)) is None


@pytest.mark.parametrize("target", [f"{LAMBDA}:orders", f"{LAMBDA}:orders:live"])
def test_a_function_that_exists_is_heard(target: str) -> None:
    assert fault(of(target)) is None


def test_a_function_that_is_gone_wakes_nobody() -> None:
    assert silence(of(f"{LAMBDA}:old")) == Silence(
        "function-gone", "the function old does not exist", ("functions",)
    )


@pytest.mark.parametrize(
    "target",
    [
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem:1#CATEGORY=Availability",
        f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/on-call",
        f"arn:aws:aiops:{REGION}:{ACCOUNT}:investigation-group:g",
    ],
)
def test_a_target_that_opens_a_case_is_heard(target: str) -> None:
    assert fault(of(target)) is None


@pytest.mark.parametrize("order", list(permutations([SCALING, GONE])))
def test_the_target_meant_to_tell_somebody_gives_the_reason(order: tuple[str, ...]) -> None:
    assert fault(of(*order)) == "topic-gone"


def test_a_silence_rests_on_every_fact_in_which_a_target_was_looked_for() -> None:
    found = silence(of(GONE, TOPIC, f"{LAMBDA}:old"), subscriptions=())
    assert found
    assert set(found.absent_from) == {"topics", "subscriptions", "functions"}


@pytest.mark.parametrize(
    "rule",
    [
        "ALARM(mute)",
        "ALARM(mute) OR ALARM(other)",
        "ALARM(mute) AND NOT ALARM(maintenance)",
        "ALARM(mute) AND OK(maintenance)",
        "AT_LEAST(1, ALARM, (mute, other))",
        "NOT OK(mute)",
        'ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:mute")',
    ],
)
def test_an_alarm_is_heard_through_a_composite_that_it_fires_alone(rule: str) -> None:
    assert fault(MUTE, composite_alarm(rule)) is None


@pytest.mark.parametrize(
    "rule",
    [
        "ALARM(mute) AND ALARM(other)",
        "AT_LEAST(2, ALARM, (mute, other))",
        "NOT ALARM(mute)",
        "ALARM(other)",
        "ALARM(mute",
        "ALARM(mute) OR NOT ALARM(maintenance)",
        "ALARM(mute) OR TRUE",
        "ALARM(mute) AND FALSE",
    ],
)
def test_a_composite_that_it_does_not_turn_on_alone_does_not_help(rule: str) -> None:
    assert fault(MUTE, composite_alarm(rule)) == "no-action"


def test_disabled_actions_of_the_alarm_are_made_up_for_by_a_composite() -> None:
    alarm = replace(MUTE, actions=(TOPIC,), actions_enabled=False)
    assert fault(alarm, composite_alarm("ALARM(mute)")) is None


@pytest.mark.parametrize(
    "composite",
    [
        composite_alarm("ALARM(mute)", actions_enabled=False),
        composite_alarm("ALARM(mute)", actions=()),
        composite_alarm("ALARM(mute)", actions=(GONE,)),
    ],
)
def test_a_composite_that_wakes_nobody_does_not_help(composite: CompositeAlarm) -> None:
    assert fault(MUTE, composite) == "no-action"


def test_what_a_silent_composite_was_looked_for_in_is_part_of_the_finding() -> None:
    found = silence(MUTE, composite_alarm("ALARM(mute)", actions=(GONE,)))
    assert found == Silence("no-action", "it has no action", ("topics",))


def test_an_alarm_is_heard_through_a_composite_of_composites() -> None:
    inner = composite_alarm("ALARM(mute)", name="inner", actions=())
    assert fault(MUTE, composite_alarm("ALARM(inner) AND ALARM(mute)"), inner) is None


def test_a_disabled_composite_still_fires_the_one_above_it() -> None:
    inner = composite_alarm("ALARM(mute)", name="inner", actions_enabled=False)
    assert fault(MUTE, inner, composite_alarm("ALARM(inner)")) is None


def test_composites_that_refer_to_each_other_in_a_circle_come_to_an_end() -> None:
    one = composite_alarm("ALARM(mute) OR ALARM(two)", name="one", actions=())
    two = composite_alarm("ALARM(one)", name="two")
    assert fault(MUTE, one, two) is None


def test_a_circle_that_never_settles_wakes_nobody() -> None:
    restless = composite_alarm("ALARM(mute) AND NOT ALARM(all)")
    assert fault(MUTE, restless) == "no-action"


def test_a_composite_that_another_one_holds_back_does_not_help_in_any_order() -> None:
    first = composite_alarm("ALARM(mute)", name="first", actions=())
    second = composite_alarm("ALARM(mute) AND NOT ALARM(first)", name="second")
    for order in permutations([first, second]):
        assert fault(MUTE, *order) == "no-action"


def test_functions_and_topics_are_looked_up_where_the_alarm_is() -> None:
    there = targets(topics=TOPICS, topics_fact="billing_region_topics")
    found = Alerting([], there).silence(function_alarm(actions=(GONE,)))
    assert found
    assert found.absent_from == ("billing_region_topics",)
    assert FUNCTION.name in there.functions
