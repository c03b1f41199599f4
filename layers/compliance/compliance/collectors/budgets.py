"""AWS Budgets: one global service, which answers in us-east-1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.registry import Read, collector

_VIEW = ("budgets:ViewBudget",)
_GONE = frozenset({"NotFoundException"})
_PRIMARY = "billingview/primary"

DESCRIBE_BUDGETS = Read("budgets", "DescribeBudgets", _VIEW, absent=_GONE)
DESCRIBE_NOTIFICATIONS = Read(
    "budgets", "DescribeBudgetNotificationsForAccount", _VIEW, absent=_GONE
)
DESCRIBE_SUBSCRIBERS = Read("budgets", "DescribeSubscribersForNotification", _VIEW, absent=_GONE)


@collector(DESCRIBE_BUDGETS)
def budgets(reader: Reader, now: datetime) -> Iterator[Budget]:
    """Every budget on cost that is in force now, 100 a page."""
    where = reader.identity
    pages = reader.pages(
        DESCRIBE_BUDGETS, AccountId=where.account, MaxResults=100, ShowFilterExpression=True
    )
    for page in pages:
        for budget in page.get("Budgets", ()):
            if budget["BudgetType"] != "COST":
                continue
            record = _budget(budget, _arn(reader, budget["BudgetName"]), where.account, now)
            begun = record.starts_at is None or record.starts_at <= now
            if begun and (record.ends_at is None or record.ends_at > now):
                yield record


def _arn(reader: Reader, name: str) -> str:
    where = reader.identity
    return f"arn:{where.partition}:budgets::{where.account}:budget/{name}"


def _budget(budget: Mapping[str, Any], arn: str, account: str, now: datetime) -> Budget:
    limit = budget.get("BudgetLimit") or _planned(budget.get("PlannedBudgetLimits", {}), now)
    spend = budget.get("CalculatedSpend", {})
    forecast = spend.get("ForecastedSpend")
    period = budget.get("TimePeriod", {})
    filters = _filters(budget, account)
    by_service = all(key in {"Service", "SERVICE"} for key, _ in filters)
    return Budget(
        arn=arn,
        name=budget["BudgetName"],
        period=budget["TimeUnit"],
        limit=Decimal(limit.get("Amount", "0")),
        currency=limit.get("Unit", "USD"),
        actual=Decimal(spend.get("ActualSpend", {}).get("Amount", "0")),
        forecast=Decimal(forecast["Amount"]) if forecast else None,
        whole_account=not filters,
        adjusts="AutoAdjustData" in budget,
        starts_at=_aware(period.get("Start")),
        ends_at=_aware(period.get("End")),
        healthy=budget.get("HealthStatus", {}).get("Status", "HEALTHY") == "HEALTHY",
        services=tuple(name for _, names in filters for name in names) if by_service else (),
    )


def _planned(limits: Mapping[str, Mapping[str, str]], now: datetime) -> Mapping[str, str]:
    """The limit planned for the period that `now` lies in; keys are the periods' epoch seconds."""
    begun = [start for start in limits if int(start) <= now.timestamp()]
    return limits[max(begun, key=int)] if begun else {}


def _filters(budget: Mapping[str, Any], account: str) -> list[tuple[str, tuple[str, ...]]]:
    """What narrows the budget, by dimension; a filter to this very account does not.

    Any billing view narrows but an account's primary one, which has all of its costs.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_billing_BillingViewListElement.html
    """
    filters = [(key, tuple(values)) for key, values in budget.get("CostFilters", {}).items()]
    filters += _dimensions(budget.get("FilterExpression") or {"And": ()})
    view = budget.get("BillingViewArn", "")
    if view and not view.endswith(f":{account}:{_PRIMARY}"):
        filters.append(("BillingView", (view,)))
    own = {("LinkedAccount", (account,)), ("LINKED_ACCOUNT", (account,))}
    return [each for each in filters if each not in own]


def _dimensions(expression: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    if set(expression) == {"And"}:
        return [each for part in expression["And"] for each in _dimensions(part)]
    if set(expression) == {"Dimensions"}:
        dimension = expression["Dimensions"]
        return [(dimension["Key"], tuple(dimension.get("Values", ())))]
    return [("other", ())]


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


@collector(DESCRIBE_NOTIFICATIONS)
def budget_notifications(reader: Reader) -> Iterator[BudgetNotification]:
    """Every notification of every budget, in bulk."""
    pages = reader.pages(DESCRIBE_NOTIFICATIONS, AccountId=reader.identity.account, MaxResults=50)
    for page in pages:
        for budget in page.get("BudgetNotificationsForAccount", ()):
            for notification in budget.get("Notifications", ()):
                yield BudgetNotification(
                    budget_arn=_arn(reader, budget["BudgetName"]),
                    on=notification["NotificationType"],
                    comparison=notification["ComparisonOperator"],
                    threshold=Decimal(str(notification["Threshold"])),
                    in_percent=notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE",
                    in_alarm=notification.get("NotificationState") == "ALARM",
                )


@collector(DESCRIBE_SUBSCRIBERS)
def budget_subscribers(
    reader: Reader, budgets: Sequence[Budget], budget_notifications: Sequence[BudgetNotification]
) -> Iterator[BudgetSubscriber]:
    """Whom each notification of a cost budget reaches; AWS has no bulk read for it."""
    names = {budget.arn: budget.name for budget in budgets}
    judged = [n for n in budget_notifications if n.budget_arn in names]
    read = partial(_subscribers, reader, names)
    for subscribers in reader.each(judged, read, arn=lambda n: n.budget_arn):
        yield from subscribers


def _subscribers(
    reader: Reader, names: Mapping[str, str], notification: BudgetNotification
) -> list[BudgetSubscriber]:
    threshold = notification.threshold
    wire = {
        "NotificationType": notification.on,
        "ComparisonOperator": notification.comparison,
        "Threshold": float(threshold),
        "ThresholdType": "PERCENTAGE" if notification.in_percent else "ABSOLUTE_VALUE",
    }
    pages = reader.pages(
        DESCRIBE_SUBSCRIBERS,
        AccountId=reader.identity.account,
        BudgetName=names[notification.budget_arn],
        Notification=wire,
        MaxResults=100,
    )
    return [
        BudgetSubscriber(notification, subscriber["SubscriptionType"], subscriber["Address"])
        for page in pages
        for subscriber in page.get("Subscribers", ())
    ]
