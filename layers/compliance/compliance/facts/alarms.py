"""Amazon CloudWatch alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

BILLING_REGION = "us-east-1"
"""Where AWS publishes charges, and their alarms live, whatever the workload's region."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as an alarm asks for it; `statistic` is Sum, Average, p95 ...

    `unit` narrows it to what is published in that unit; None takes every datapoint. `account` is
    that of a metric which is looked at in another account; None in the alarm's own.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period_seconds: int
    unit: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """An alarm on a metric, or on an expression over metrics.

    `metrics` by id; an alarm on one metric has it under the id `m1` and no `expression`.
    `expressions` by id; `watched` is the id that is compared with the threshold.
    `threshold` is None for an anomaly band, whose id is `band`. `state` is OK, ALARM or
    INSUFFICIENT_DATA, since `state_changed_at`.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
    """

    kind: ClassVar[str] = "metric"

    arn: str
    name: str
    watched: str
    metrics: Mapping[str, Metric]
    expressions: Mapping[str, str] = field(default_factory=dict)
    threshold: float | None = None
    comparison: str = "GreaterThanThreshold"
    evaluation_periods: int = 1
    datapoints_to_alarm: int = 1
    band: str | None = None
    actions_enabled: bool = True
    actions: tuple[str, ...] = ()
    description: str = ""
    state: str = "OK"
    state_changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """An alarm on other alarms: `rule` is a boolean expression over their states.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html
    """

    kind: ClassVar[str] = "composite"

    arn: str
    name: str
    rule: str
    actions_enabled: bool = True
    actions: tuple[str, ...] = ()
    description: str = ""
    state: str = "OK"
    state_changed_at: datetime | None = None


Alarm = MetricAlarm | CompositeAlarm
