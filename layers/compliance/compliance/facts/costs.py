"""AWS Cost Explorer and its anomaly detection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class BilledTagKey:
    """A tag key by which costs can be split: activated, so that it appears in the bill.

    Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
    """

    key: str


@dataclass(frozen=True, slots=True)
class DailyCost:
    """What one day (UTC) cost this account, before credits, refunds and taxes.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ResultByTime.html
    """

    day: date
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class ReservationCoverage:
    """How much of what ran of a service was covered by reservations, in the last 30 days.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_CoverageHours.html
    """

    service: str
    running_hours: Decimal
    covered_percent: Decimal


@dataclass(frozen=True, slots=True)
class SavingsPlanAdvice:
    """The commitment to compute that AWS advises for a year, by the use of the last 30 days.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_SavingsPlansPurchaseRecommendationSummary.html
    """

    hourly_commitment: Decimal
    monthly_saving: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class CostAnomaly:
    """A run of costs that AWS did not expect, in US dollars over its whole length.

    `ended_on` is the last day that it was seen, None while there is none. `feedback` is what a
    person said of it: YES it was one, NO it was none, PLANNED_ACTIVITY it was meant.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Anomaly.html
    """

    id: str
    service: str
    started_on: date
    ended_on: date | None
    impact: Decimal
    feedback: Literal["YES", "NO", "PLANNED_ACTIVITY"] | None = None


@dataclass(frozen=True, slots=True)
class AnomalyMonitor:
    """What AWS watches for anomalies: `every_service` on its own, or the named `services`.

    Both are empty of a monitor that watches by something else, such as an account or a tag.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalyMonitor.html
    """

    arn: str
    every_service: bool
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnomalySubscriber:
    """An address or a topic's ARN, and whether it (still) takes the alerts."""

    protocol: Literal["EMAIL", "SNS"]
    address: str
    accepts: bool


@dataclass(frozen=True, slots=True)
class AnomalySubscription:
    """Who hears of the anomalies of some monitors, and how soon.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html
    """

    arn: str
    monitor_arns: tuple[str, ...]
    frequency: Literal["IMMEDIATE", "DAILY", "WEEKLY"]
    subscribers: tuple[AnomalySubscriber, ...]
