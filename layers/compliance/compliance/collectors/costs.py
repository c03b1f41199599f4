"""AWS Cost Explorer: one global service, of which each request is billed.

A run makes few requests of it, all collectors together; what is beyond is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
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
from compliance.registry import Read, collector

_TOKEN = ("NextPageToken", "NextPageToken")
_NO_DATA = frozenset({"DataUnavailableException"})

GET_TAGS = Read("ce", "GetTags", absent=_NO_DATA, token=_TOKEN)
LIST_COST_ALLOCATION_TAGS = Read("ce", "ListCostAllocationTags")
GET_COST_AND_USAGE = Read("ce", "GetCostAndUsage", absent=_NO_DATA, token=_TOKEN)
GET_RESERVATION_COVERAGE = Read("ce", "GetReservationCoverage", absent=_NO_DATA)
GET_SAVINGS_PLANS_ADVICE = Read("ce", "GetSavingsPlansPurchaseRecommendation")
GET_ANOMALIES = Read("ce", "GetAnomalies")
GET_ANOMALY_MONITORS = Read("ce", "GetAnomalyMonitors")
GET_ANOMALY_SUBSCRIPTIONS = Read("ce", "GetAnomalySubscriptions")

_BILLED_DAYS = 30
_WATCHED_DAYS = 7
_RESERVABLE = "Amazon ElastiCache"
_NOT_SPENT = ("Credit", "Refund", "Tax")
_ONLY_THE_PAYER_MAY_ASK = "Linked account"


@collector(GET_TAGS, LIST_COST_ALLOCATION_TAGS, keys="cost.allocation_tags")
def billed_tag_keys(
    reader: Reader, now: datetime, *, keys: Sequence[str]
) -> Iterator[BilledTagKey]:
    """The tag keys of `keys` by which the bill is split.

    A key that costs of the last 30 days carry was activated: any account may ask that. For the
    others, one activated today among them, the payer's list of keys tells; AWS refuses it to every
    other account, whatever its permissions, and then there is no more to know.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostAllocationTags.html
    """
    billed: set[str] = set()
    for page in reader.pages(GET_TAGS, TimePeriod=_period(now, _BILLED_DAYS)):
        billed.update(key for key in page["Tags"] if key in keys)
    yield from (BilledTagKey(key) for key in keys if key in billed)
    missing = [key for key in keys if key not in billed]
    if missing:
        yield from _active(reader, missing)


def _active(reader: Reader, keys: Sequence[str]) -> Iterator[BilledTagKey]:
    try:
        for page in reader.pages(LIST_COST_ALLOCATION_TAGS, TagKeys=list(keys), MaxResults=1000):
            for tag in page["CostAllocationTags"]:
                if tag["Status"] == "Active" and tag["TagKey"] in keys:
                    yield BilledTagKey(tag["TagKey"])
    except ReadFailed as failure:
        if _ONLY_THE_PAYER_MAY_ASK not in failure.gap.message:
            raise


def _period(now: datetime, days: int) -> dict[str, str]:
    """Whole days (UTC) until yesterday; the end is not within."""
    today = now.astimezone(UTC).date()
    return {"Start": (today - timedelta(days=days)).isoformat(), "End": today.isoformat()}


@collector(GET_COST_AND_USAGE)
def daily_costs(reader: Reader, now: datetime) -> Iterator[DailyCost]:
    """What each of the last seven whole days cost this account; none in an account without costs.

    Credits and refunds would hide what is spent, and taxes come once a month. A payer account sees
    the costs of all others, so that its own are asked for.
    """
    for page in reader.pages(
        GET_COST_AND_USAGE,
        TimePeriod=_period(now, _WATCHED_DAYS),
        Granularity="DAILY",
        Metrics=["UnblendedCost"],
        Filter={
            "And": [
                _own(reader),
                {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(_NOT_SPENT)}}},
            ]
        },
    ):
        for result in page["ResultsByTime"]:
            cost = result["Total"]["UnblendedCost"]
            day = date.fromisoformat(result["TimePeriod"]["Start"])
            yield DailyCost(day, Decimal(cost["Amount"]), cost["Unit"])


def _own(reader: Reader) -> dict[str, Any]:
    return {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [reader.identity.account]}}


@collector(GET_RESERVATION_COVERAGE)
def reservation_coverage(reader: Reader, now: datetime) -> Iterator[ReservationCoverage]:
    """How much of the last 30 days of cache nodes was reserved; one request, one record or none.

    A request answers for one service, EC2 where it names none, and DynamoDB is not among those
    that can be asked for.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetReservationCoverage.html
    """
    service = {"Dimensions": {"Key": "SERVICE", "Values": [_RESERVABLE]}}
    answer = reader.call(
        GET_RESERVATION_COVERAGE,
        TimePeriod=_period(now, _BILLED_DAYS),
        Filter={"And": [_own(reader), service]},
        Metrics=["Hour"],
    )
    hours = (answer or {}).get("Total", {}).get("CoverageHours")
    if hours:
        yield ReservationCoverage(
            _RESERVABLE,
            Decimal(hours.get("TotalRunningHours") or 0),
            Decimal(hours.get("CoverageHoursPercentage") or 0),
        )


@collector(GET_SAVINGS_PLANS_ADVICE)
def savings_plan_advice(reader: Reader) -> Iterator[SavingsPlanAdvice]:
    """What AWS advises this account to commit to compute for a year, with nothing upfront.

    One request, one record, and none where AWS has nothing to advise. That plan covers Lambda.
    Source: https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html
    """
    answer = reader.call(
        GET_SAVINGS_PLANS_ADVICE,
        SavingsPlansType="COMPUTE_SP",
        TermInYears="ONE_YEAR",
        PaymentOption="NO_UPFRONT",
        LookbackPeriodInDays="THIRTY_DAYS",
        AccountScope="LINKED",
        Filter=_own(reader),
    )
    advised = (answer or {}).get("SavingsPlansPurchaseRecommendation", {})
    summary = advised.get("SavingsPlansPurchaseRecommendationSummary") or {}
    commitment = Decimal(summary.get("HourlyCommitmentToPurchase") or 0)
    if commitment:
        yield SavingsPlanAdvice(
            commitment,
            Decimal(summary.get("EstimatedMonthlySavingsAmount") or 0),
            summary.get("CurrencyCode") or "USD",
        )


@collector(GET_ANOMALIES)
def cost_anomalies(reader: Reader, now: datetime) -> Iterator[CostAnomaly]:
    """Every anomaly of the last seven days that has to do with this account."""
    start, end = _period(now, _WATCHED_DAYS).values()
    interval = {"StartDate": start, "EndDate": end}
    for page in reader.pages(GET_ANOMALIES, DateInterval=interval, MaxResults=100):
        for anomaly in page["Anomalies"]:
            causes = anomaly.get("RootCauses", ())
            accounts = {c["LinkedAccount"] for c in causes if c.get("LinkedAccount")}
            if not accounts or reader.identity.account in accounts:
                yield _anomaly(anomaly, causes)


def _anomaly(anomaly: Mapping[str, Any], causes: Sequence[Mapping[str, Any]]) -> CostAnomaly:
    impact = anomaly["Impact"]
    ended = anomaly.get("AnomalyEndDate")
    services = [cause["Service"] for cause in causes if cause.get("Service")]
    return CostAnomaly(
        id=anomaly["AnomalyId"],
        service=anomaly.get("DimensionValue") or next(iter(services), "some service"),
        started_on=_day(anomaly["AnomalyStartDate"]),
        ended_on=_day(ended) if ended else None,
        impact=Decimal(str(impact.get("TotalImpact", impact["MaxImpact"]))),
        feedback=anomaly.get("Feedback"),
    )


def _day(at: str) -> date:
    """AWS writes days both as 2026-05-31 and as 2026-05-31T00:00:00Z."""
    return date.fromisoformat(at[:10])


@collector(GET_ANOMALY_MONITORS)
def anomaly_monitors(reader: Reader) -> Iterator[AnomalyMonitor]:
    """Every monitor of this account; those of the payer are not among them."""
    for page in reader.pages(GET_ANOMALY_MONITORS, MaxResults=100):
        for monitor in page["AnomalyMonitors"]:
            by_service = (
                monitor["MonitorType"] == "DIMENSIONAL"
                and monitor.get("MonitorDimension") == "SERVICE"
            )
            dimension = monitor.get("MonitorSpecification", {}).get("Dimensions", {})
            services = dimension.get("Values", ()) if dimension.get("Key") == "SERVICE" else ()
            yield AnomalyMonitor(monitor["MonitorArn"], by_service, tuple(services))


@collector(GET_ANOMALY_SUBSCRIPTIONS)
def anomaly_subscriptions(reader: Reader) -> Iterator[AnomalySubscription]:
    """Who hears of which monitor's anomalies."""
    for page in reader.pages(GET_ANOMALY_SUBSCRIPTIONS, MaxResults=100):
        for subscription in page["AnomalySubscriptions"]:
            yield AnomalySubscription(
                arn=subscription["SubscriptionArn"],
                monitor_arns=tuple(subscription["MonitorArnList"]),
                frequency=subscription["Frequency"],
                subscribers=tuple(
                    AnomalySubscriber(
                        each["Type"], each["Address"], each.get("Status") != "DECLINED"
                    )
                    for each in subscription["Subscribers"]
                ),
            )
