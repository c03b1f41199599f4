"""Records of the workload's facts, good and bad ones: alarms, tables, backups and budgets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from example_alarms import (
    ACCOUNT,
    FUNCTION,
    HTTP,
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
from records import NOW

from compliance.baseline import load_baseline
from compliance.facts.backups import (
    BackupCopy,
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
from compliance.facts.tables import (
    ContinuousBackups,
    Encryption,
    Index,
    OnDemandBackup,
    Replica,
    Table,
)
from compliance.facts.topics import Subscription, Topic, TopicPolicy

# Topics: one heard, one pending; a third is named by alarms and exists nowhere.
HEARD, PENDING, GONE = (
    f"arn:aws:sns:us-east-1:{ACCOUNT}:{n}" for n in ("heard", "pending", "gone")
)


def _admitting(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish"}
    return json.dumps({"Statement": [statement]})


TARGET = FUNCTION.arn
DEAD_LETTERS = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead-letters"
SCALING = f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:scalingPolicy:1"
ELSEWHERE = "arn:aws:sns:us-east-1:999999999999:pager"
_TOPICS = [Topic(HEARD), Topic(PENDING)]
_SUBSCRIPTIONS = [
    Subscription(HEARD, "email", "a@example.com", confirmed=True),
    Subscription(PENDING, "email", "b@example.com", confirmed=False),
    Subscription(load_baseline()["alarms.topic"], "email", "c@example.com", confirmed=False),
]
_ALARMS = [
    error_rate_alarm(name="errors", actions=(HEARD,)),
    error_rate_alarm(
        name="unexplained", actions=(f"arn:aws:sns:us-east-1:{ACCOUNT}:omnitrack-alerts",)
    ),
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
ENABLED_KEY, DISABLED_KEY, LEAVING_KEY, REPLICA_KEY = (
    f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}"
    for region, key in [
        ("us-east-1", "enabled"),
        ("us-east-1", "disabled"),
        ("us-east-1", "leaving"),
        ("eu-west-1", "replica"),
    ]
)
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


POOL: Mapping[str, Sequence[Any]] = {
    "rest_apis": [REST],
    "http_and_websocket_apis": [HTTP, WEBSOCKET, replace(HTTP, id="h2", name="shop")],
    "functions": [
        FUNCTION,
        Function(
            f"{FUNCTION.arn}2",
            "mailer",
            "/aws/lambda/orders",
            memory_mb=256,
            timeout_seconds=30,
            tracing="Active",
            code_sha256="a",
        ),
        Function(
            f"{FUNCTION.arn}4",
            "omnitrack-copilot-message",
            "/aws/lambda/copilot",
            memory_mb=512,
            subnet_ids=("subnet-1", "subnet-2"),
            dead_letter_arn=DEAD_LETTERS,
        ),
        Function(
            f"{FUNCTION.arn}5",
            "omnitrack-api-inventory",
            "/aws/lambda/inventory",
            subnet_ids=("subnet-3",),
        ),
        Function(f"{FUNCTION.arn}3", "new", "/aws/lambda/new", _hours_ago(900)),
    ],
    "log_groups": [
        LogGroup(f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/access", "/access", 90),
        LogGroup("arn:orders", "/aws/lambda/orders", 30, "STANDARD", _hours_ago(900), 0),
        LogGroup("arn:loose", "/loose", None, "STANDARD", _hours_ago(900), 0),
        LogGroup("arn:vended", "/vended", None, "DELIVERY"),
    ],
    "alarms": _ALARMS,
    "billing_region_alarms": _ALARMS,
    "topics": _TOPICS,
    "billing_region_topics": _TOPICS,
    "subscriptions": _SUBSCRIPTIONS,
    "billing_region_subscriptions": _SUBSCRIPTIONS,
    "tables": [
        replace(
            TABLE,
            replicas={"eu-west-1": Replica(_REPLICA, key_arn=REPLICA_KEY)},
            encryption=Encryption("KMS", "ENABLED", DISABLED_KEY),
        ),
        Table(
            _OTHER,
            "ledger",
            _hours_ago(900),
            billing_mode="PROVISIONED",
            read_units=5,
            write_units=5,
            indexes=(Index(f"{_OTHER}/index/by-day", "by-day", 5, 5),),
        ),
        Table(
            _THIRD,
            "audit",
            _hours_ago(2),
            status="INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            encryption=Encryption("KMS", "ENABLED", ENABLED_KEY, _hours_ago(1)),
        ),
        Table(_STALE, "stale", _hours_ago(900), restored_at=_hours_ago(900)),
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
        BackupPlan(
            "arn:p2",
            "p2",
            "weekly",
            (
                BackupRule(
                    "weekly",
                    None,
                    ("open", "short", "sealed"),
                    (BackupCopy("arn:aws:backup:eu-west-1:1:backup-vault:far", 7),),
                ),
            ),
        ),
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
    "budget_topic_policies": [TopicPolicy(HEARD, _admitting("budgets.amazonaws.com"))],
    "anomaly_topic_policies": [
        TopicPolicy(HEARD, _admitting("costalerts.amazonaws.com")),
        TopicPolicy(GONE, _admitting("budgets.amazonaws.com")),
    ],
}
RESOURCE_OF = {
    "tables": lambda table: table.arn,
    "continuous_backups": lambda backups: backups.table_arn,
    "budget_subscribers": lambda subscriber: subscriber.notification.budget_arn,
}
"""The facts that collectors read resource by resource, and whose resource a record is."""
