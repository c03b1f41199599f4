"""What every check promises of facts that were not read whole, and of facts in any order.

The engine lets an incomplete read prove a FAIL by what it saw. It may do so because of what is held
here, of every check that is registered: an offender that appears only since records are missing
names the fact that misses them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from example_alarms import (
    ACCOUNT,
    FUNCTION,
    HTTP,
    IDENTITY,
    REST,
    TABLE,
    WEBSOCKET,
    api_metric,
    charges_alarm,
    composite_alarm,
    error_rate_alarm,
    function_alarm,
    function_metric,
    latency_alarm,
    metric_alarm,
    throttle_alarm,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.engine import resolve_settings
from compliance.facts.backups import (
    BackupJob,
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    RecoveryPoint,
    ResourceTags,
)
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Table
from compliance.facts.topics import Subscription, Topic
from compliance.model import Verdict
from compliance.registry import AMBIENT, checks

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
World = Mapping[str, Sequence[Any]]

# Topics: one heard, one pending; a third is named by alarms and exists nowhere.
HEARD, PENDING, GONE = (
    f"arn:aws:sns:us-east-1:{ACCOUNT}:{n}" for n in ("heard", "pending", "gone")
)
TARGET = FUNCTION.arn
SCALING = f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:scalingPolicy:1"
ELSEWHERE = "arn:aws:sns:us-east-1:999999999999:pager"
_TOPICS = [Topic(HEARD), Topic(PENDING)]
_SUBSCRIPTIONS = [
    Subscription(HEARD, "email", "a@example.com", confirmed=True),
    Subscription(PENDING, "email", "b@example.com", confirmed=False),
]
_ALARMS = [
    error_rate_alarm(name="errors", actions=(HEARD,)),
    error_rate_alarm(name="errors-loose", actions=(GONE, HEARD), of=(2, 5)),
    latency_alarm(name="latency-mute", actions=()),
    latency_alarm("p50", name="latency-median", actions=(PENDING,)),
    latency_alarm(name="latency-scaling", actions=(SCALING, PENDING)),
    metric_alarm(
        api_metric("5xx", "Average", ApiId="h1"), 0.05, name="partners", actions=(TARGET,)
    ),
    function_alarm(name="function", actions=(ELSEWHERE, HEARD)),
    function_alarm(0.5, name="function-loose", actions=(HEARD,)),
    function_alarm(name="function-to-function", actions=(TARGET,)),
    metric_alarm(
        {
            "a": function_metric("Errors", "Average"),
            "b": function_metric("Errors", "Average", FunctionName="mailer"),
        },
        0.05,
        "MAX([a,b])",
        name="all-functions",
        actions=(PENDING,),
    ),
    throttle_alarm(name="throttles", actions=(HEARD,), actions_enabled=False),
    throttle_alarm(99, name="throttles-loose", actions=(GONE, ELSEWHERE)),
    charges_alarm(name="charges", actions=(HEARD,)),
    charges_alarm(9999, name="charges-loose", actions=(HEARD,)),
    composite_alarm("ALARM(latency-mute) OR ALARM(all-functions)", actions=(HEARD,)),
    composite_alarm("ALARM(throttles)", name="inner", actions=(GONE,)),
    composite_alarm("ALARM(inner) AND OK(errors)", name="outer", actions=(TARGET,)),
]
_OTHER, _THIRD, _STALE = (
    f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}" for name in ("ledger", "audit", "stale")
)
_REPLICA = TABLE.arn.replace("us-east-1", "eu-west-1")
_BUDGETS = [
    Budget(
        f"arn:aws:budgets::{ACCOUNT}:budget/{name}",
        name,
        period,
        Decimal(1500),
        "USD",
        Decimal(actual),
        forecast,
        whole_account=whole,
    )
    for name, period, actual, forecast, whole in [
        ("all", "MONTHLY", 700, Decimal(1400), True),
        ("team", "MONTHLY", 1600, None, False),
        ("daily", "DAILY", 10, None, True),
    ]
]
_NOTIFICATIONS = [
    BudgetNotification(budget.arn, on, "GREATER_THAN", Decimal(threshold), in_percent=True)
    for budget in _BUDGETS
    for on in ("ACTUAL", "FORECASTED")
    for threshold in (80, 120)
]


def _hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


POOL: World = {
    "rest_apis": [REST],
    "http_and_websocket_apis": [HTTP, WEBSOCKET, replace(HTTP, id="h2", name="shop")],
    "functions": [
        FUNCTION,
        Function(f"{FUNCTION.arn}2", "mailer", "/aws/lambda/orders"),
        Function(f"{FUNCTION.arn}3", "new", "/aws/lambda/new"),
    ],
    "log_groups": [
        LogGroup("arn:orders", "/aws/lambda/orders", 30),
        LogGroup("arn:loose", "/loose", None),
        LogGroup("arn:vended", "/vended", None, "DELIVERY"),
    ],
    "alarms": _ALARMS,
    "billing_region_alarms": _ALARMS,
    "topics": _TOPICS,
    "billing_region_topics": _TOPICS,
    "subscriptions": _SUBSCRIPTIONS,
    "billing_region_subscriptions": _SUBSCRIPTIONS,
    "tables": [
        replace(TABLE, replicas={"eu-west-1": _REPLICA}),
        Table(_OTHER, "ledger", _hours_ago(900)),
        Table(_THIRD, "audit", _hours_ago(2)),
        Table(_STALE, "stale", _hours_ago(900)),
    ],
    "continuous_backups": [
        ContinuousBackups(TABLE.arn, True, 35, _hours_ago(0.1)),  # noqa: FBT003 -- a record in its own order
        ContinuousBackups(_OTHER, True, 7, _hours_ago(0.1)),  # noqa: FBT003 -- a record in its own order
        ContinuousBackups(_REPLICA, enabled=False),
        ContinuousBackups(_THIRD, enabled=False),
    ],
    "on_demand_backups": [
        OnDemandBackup("arn:b1", TABLE.arn, _hours_ago(3)),
        OnDemandBackup("arn:b2", _OTHER, _hours_ago(99)),
        OnDemandBackup("arn:b3", _STALE, _hours_ago(99)),
    ],
    "recovery_points": [
        RecoveryPoint("arn:r1", _OTHER, _hours_ago(5)),
        RecoveryPoint("arn:r2", _OTHER, _hours_ago(90)),
        RecoveryPoint("arn:r3", _REPLICA, _hours_ago(1)),
    ],
    "backup_plans": [
        BackupPlan("arn:p1", "p1", "nightly", (BackupRule("daily", 7), BackupRule("monthly", 365))),
        BackupPlan("arn:p2", "p2", "weekly", (BackupRule("weekly", None),)),
    ],
    "backup_selections": [
        BackupSelection("p1", "named", resources=(TABLE.arn,)),
        BackupSelection("p1", "all", ("*",), conditions=(("StringNotEquals", "backup", "no"),)),
        BackupSelection("p2", "tagged", any_tags=(("backup", "yes"),), not_resources=(_OTHER,)),
    ],
    "table_tags": [ResourceTags(_OTHER, {"backup": "no"}), ResourceTags(_THIRD, {"backup": "yes"})],
    "backup_settings": [BackupSettings(dynamodb_opted_in=False)],
    "backup_jobs": [
        BackupJob("j1", TABLE.arn, "FAILED", _hours_ago(30)),
        BackupJob("j2", TABLE.arn, "COMPLETED", _hours_ago(6)),
        BackupJob("j3", _OTHER, "PARTIAL", _hours_ago(6)),
    ],
    "budgets": _BUDGETS,
    "budget_notifications": _NOTIFICATIONS,
    "budget_subscribers": [
        *(BudgetSubscriber(n, "EMAIL", "a@example.com") for n in _NOTIFICATIONS[::2]),
        *(BudgetSubscriber(n, "SNS", HEARD) for n in _NOTIFICATIONS),
        *(BudgetSubscriber(n, "SNS", GONE) for n in _NOTIFICATIONS[1::2]),
    ],
}
RESOURCE_OF = {
    "tables": lambda table: table.arn,
    "continuous_backups": lambda backups: backups.table_arn,
    "budget_subscribers": lambda subscriber: subscriber.notification.budget_arn,
}
"""The facts that collectors read resource by resource, and whose resource a record is."""

BASELINE = load_baseline()
ITEMS = {item.check: item for item in load_checklist().items.values() if item.check}
CHECKS = checks()
every_check = pytest.mark.parametrize("name", sorted(CHECKS))


def facts_of(name: str) -> list[str]:
    return [fact for fact in CHECKS[name].facts if fact not in AMBIENT]


def judged(name: str, world: World) -> Verdict:
    ambient = {"now": NOW, "identity": IDENTITY}
    given = [ambient[fact] if fact in AMBIENT else world[fact] for fact in CHECKS[name].facts]
    return CHECKS[name].function(*given, **resolve_settings(ITEMS[name], BASELINE))


def keys(verdict: Verdict) -> set[tuple[str, str]]:
    return {offender.key for offender in verdict.offenders}


@st.composite
def parts_of(draw: st.DrawFn, world: World, fact: str) -> list[Any]:
    """Some records of a fact, in their order: all with even odds, so that rare worlds come up."""
    if draw(st.booleans()):
        return list(world[fact])
    kept = draw(st.lists(st.booleans(), min_size=len(world[fact]), max_size=len(world[fact])))
    return [record for record, keep in zip(world[fact], kept, strict=True) if keep]


@st.composite
def worlds(draw: st.DrawFn, name: str) -> World:
    return {fact: draw(parts_of(POOL, fact)) for fact in facts_of(name)}


@every_check
def test_every_check_has_records_to_be_held_against(name: str) -> None:
    missing = [fact for fact in facts_of(name) if fact not in POOL]
    assert not missing, f"POOL needs records of {missing}, good and bad ones"
    assert keys(judged(name, POOL)), f"POOL needs records that offend {name}"


@every_check
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_an_offender_by_absence_names_the_fact_that_it_is_absent_from(
    name: str, data: st.DataObject
) -> None:
    whole = data.draw(worlds(name))
    truncated = set(data.draw(st.lists(st.sampled_from(facts_of(name)), min_size=1)))
    partial = {**whole, **{fact: data.draw(parts_of(whole, fact)) for fact in sorted(truncated)}}
    proven = {
        offender.key
        for offender in judged(name, partial).offenders
        if truncated.isdisjoint(offender.absent_from)
    }
    assert proven <= keys(judged(name, whole))


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (name, fact)
        for name, each in sorted(CHECKS.items())
        for fact in each.facts
        if each.alone and fact in RESOURCE_OF
    ],
)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_resource_that_went_unread_says_nothing_of_the_others(
    name: str, fact: str, data: st.DataObject
) -> None:
    whole = data.draw(worlds(name))
    unread = data.draw(st.sampled_from(sorted({RESOURCE_OF[fact](each) for each in POOL[fact]})))
    partial = {
        **whole,
        fact: [record for record in whole[fact] if RESOURCE_OF[fact](record) != unread],
    }
    others = {key for key in keys(judged(name, partial)) if key[0] != unread}
    assert others <= keys(judged(name, whole))


@every_check
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_the_order_of_records_changes_no_offender(name: str, data: st.DataObject) -> None:
    world = data.draw(worlds(name))
    random: Random = data.draw(st.randoms())
    shuffled = {fact: random.sample(list(each), len(each)) for fact, each in world.items()}
    assert judged(name, shuffled).offenders == judged(name, world).offenders


@every_check
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_what_offends_was_evaluated_or_is_one_of_the_things_looked_at(
    name: str, data: st.DataObject
) -> None:
    verdict = judged(name, data.draw(worlds(name)))
    assert len(set(verdict.evaluated)) == len(verdict.evaluated)
    assert not (verdict.inapplicable and verdict.offenders)
    for offender in verdict.offenders:
        assert offender.observed
        assert offender.expected
        assert set(offender.absent_from) <= set(CHECKS[name].facts)
