"""Records of tags, costs, usage, volumes and addresses, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from example_alarms import ACCOUNT, FUNCTION, REST, TABLE
from records import NOW

from compliance.facts.backups import ResourceTags
from compliance.facts.costs import (
    AnomalyMonitor,
    AnomalySubscriber,
    AnomalySubscription,
    BilledTagKey,
    CostAnomaly,
    DailyCost,
    ReservationCoverage,
    SavingsPlanAdvice,
)
from compliance.facts.elastic_ips import ElasticIp
from compliance.facts.metrics import Usage
from compliance.facts.volumes import Volume

_EC2 = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
_VOLUME = Volume(f"{_EC2}:volume/vol-1", "in-use", NOW - timedelta(days=9), 8)
_ADDRESS = ElasticIp(f"{_EC2}:elastic-ip/eipalloc-1", "192.0.2.1", associated=True)
_TAGS = {"application": "a", "environment": "b"}
_TODAY = NOW.date()
_ANOMALY = CostAnomaly("1", "AWS Lambda", _TODAY - timedelta(days=3), None, Decimal(40))
_HEARD = AnomalySubscriber("SNS", f"arn:aws:sns:us-east-1:{ACCOUNT}:heard", accepts=True)
_GONE = AnomalySubscriber("SNS", f"arn:aws:sns:us-east-1:{ACCOUNT}:gone", accepts=True)
_LOUD = AnomalySubscriber("EMAIL", "a@example.com", accepts=True)

POOL: Mapping[str, Sequence[Any]] = {
    "volumes": [
        _VOLUME,
        replace(_VOLUME, arn=f"{_EC2}:volume/vol-2", state="available"),
        replace(_VOLUME, arn=f"{_EC2}:volume/vol-3", state="available", created_at=NOW),
    ],
    "elastic_ips": [
        _ADDRESS,
        replace(_ADDRESS, arn=f"{_EC2}:elastic-ip/eipalloc-2", associated=False),
    ],
    "resource_tags": [
        ResourceTags(FUNCTION.arn, _TAGS),
        ResourceTags(TABLE.arn, {"Application": "a", "environment": ""}),
        ResourceTags(REST.arn, {}),
        ResourceTags(_VOLUME.arn, _TAGS),
    ],
    "reservation_coverage": [ReservationCoverage("Amazon ElastiCache", Decimal(720), Decimal(50))],
    "savings_plan_advice": [SavingsPlanAdvice(Decimal("0.2"), Decimal(30), "USD")],
    "billed_tag_keys": [BilledTagKey("application")],
    "usage": [
        Usage(FUNCTION.arn, 0),
        Usage(f"{FUNCTION.arn}2", 7),
        Usage(f"{FUNCTION.arn}3", 0),
        Usage(TABLE.arn, 0),
    ],
    "daily_costs": [
        DailyCost(_TODAY - timedelta(days=days), Decimal(amount), unit)
        for days, amount, unit in [(1, 20, "USD"), (2, 900, "USD"), (3, 700, "USD"), (4, 1, "CNY")]
    ],
    "cost_anomalies": [
        _ANOMALY,
        replace(_ANOMALY, id="2", ended_on=_TODAY - timedelta(days=5)),
        replace(_ANOMALY, id="3", feedback="NO"),
    ],
    "anomaly_monitors": [
        AnomalyMonitor("arn:m1", every_service=True),
        AnomalyMonitor("arn:m2", every_service=False, services=("Amazon Bedrock",)),
        AnomalyMonitor("arn:m3", every_service=False),
    ],
    "anomaly_subscriptions": [
        AnomalySubscription("arn:s1", ("arn:m1",), "WEEKLY", (_LOUD,)),
        AnomalySubscription("arn:s2", ("arn:m2",), "DAILY", (_GONE,)),
        AnomalySubscription("arn:s3", ("arn:m3",), "DAILY", (_LOUD,)),
        AnomalySubscription("arn:s4", ("arn:m2",), "IMMEDIATE", (replace(_LOUD, accepts=False),)),
    ],
}
RESOURCE_OF: Mapping[str, Any] = {}
