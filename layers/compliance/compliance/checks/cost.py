"""Cost management: budgets that tell somebody in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from compliance.alarms.alerting import Silence, Targets, loudest
from compliance.facts.alarms import BILLING_REGION
from compliance.facts.budgets import Budget, BudgetNotification, BudgetSubscriber
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check

_WORDS = {"ACTUAL": "actual", "FORECASTED": "forecast"}
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUALLY": 12}
_LISTENERS = ("budget_notifications", "budget_subscribers")


@check(alone=True)
def budgets_alert_in_time(
    budgets: Sequence[Budget],
    budget_notifications: Sequence[BudgetNotification],
    budget_subscribers: Sequence[BudgetSubscriber],
    topics: Sequence[Topic],
    subscriptions: Sequence[Subscription],
    billing_region_topics: Sequence[Topic],
    billing_region_subscriptions: Sequence[Subscription],
    identity: Identity,
    *,
    monthly_limit_usd: float,
    trusted_targets: Sequence[str],
) -> Verdict:
    """A budget covers the whole account, and each cost budget alerts somebody before its limit.

    Each needs an alert on actual and one on forecast spend, at or below the limit, with a
    subscriber that is reached: an address, or a topic that exists and has a confirmed subscription.
    Neither the actual nor the forecast spend is over the limit. A daily budget needs no forecast
    alert, AWS has none. A budget of zero fails: no percentage of it can be reached in time. One
    for the whole account may not allow more a month than the baseline, which also holds one that
    adjusts itself. A filter to this very account narrows nothing.

    Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    """
    listeners = _Listeners(
        budget_notifications,
        budget_subscribers,
        {
            identity.region: Targets(
                identity.account, identity.region, topics, subscriptions, (), trusted_targets
            ),
            BILLING_REGION: Targets.of_charges(
                identity.account,
                billing_region_topics,
                billing_region_subscriptions,
                (),
                trusted_targets,
            ),
        },
    )
    offenders = [
        offender
        for budget in budgets
        for offender in (
            *_limits(budget, Decimal(str(monthly_limit_usd))),
            *(o for on in _needed(budget) for o in listeners.faults(budget, on)),
        )
    ]
    if not any(budget.whole_account and budget.period != "DAILY" for budget in budgets):
        offenders.append(
            Offender(
                "budget:account",
                "missing",
                "no budget covers the whole account",
                f"a cost budget of at most {monthly_limit_usd:,g} USD a month without filters",
                absent_from=("budgets",),
            )
        )
    return Verdict.of(
        "budget",
        ["budget:account", *(budget.arn for budget in budgets)],
        offenders,
        holds="all are within their limits and alert somebody on actual and forecast spend",
    )


def _needed(budget: Budget) -> tuple[str, ...]:
    return ("ACTUAL",) if budget.period == "DAILY" else ("ACTUAL", "FORECASTED")


def _limits(budget: Budget, monthly: Decimal) -> Iterator[Offender]:
    limit, unit = budget.limit, budget.currency
    if not budget.healthy:
        yield Offender(
            budget.arn, "unhealthy", "AWS calls it unhealthy", "a budget whose data AWS can see"
        )
    if limit <= 0:
        yield Offender(budget.arn, "zero-limit", f"a limit of {limit:,} {unit}", "more than zero")
    months = _MONTHS.get(budget.period, 0)
    if budget.whole_account and unit == "USD" and months and limit > monthly * months:
        how = ", which AWS adjusts by itself" if budget.adjusts else ""
        observed = f"a limit of {limit:,} {unit}{how}"
        wanted = f"at most {monthly * months:,} {unit}"
        yield Offender(budget.arn, "limit-above-baseline", observed, wanted)
    for word, spend in (("actual", budget.actual), ("forecast", budget.forecast)):
        if spend is not None and spend > limit:
            observed = f"{word} spend of {spend:,} {unit}"
            yield Offender(budget.arn, f"{word}-over-limit", observed, f"at most {limit:,} {unit}")


class _Listeners:
    """Who hears of each budget, and through topics of which regions."""

    def __init__(
        self,
        notifications: Sequence[BudgetNotification],
        subscribers: Sequence[BudgetSubscriber],
        targets: Mapping[str, Targets],
    ) -> None:
        self._targets = targets
        self._notifications: dict[tuple[str, str], list[BudgetNotification]] = {}
        for notification in notifications:
            key = (notification.budget_arn, notification.on)
            self._notifications.setdefault(key, []).append(notification)
        self._subscribers: dict[BudgetNotification, list[BudgetSubscriber]] = {}
        for subscriber in subscribers:
            self._subscribers.setdefault(subscriber.notification, []).append(subscriber)

    def faults(self, budget: Budget, on: str) -> Iterator[Offender]:
        """Why nobody hears in time of this budget's actual or forecast spend."""
        word = _WORDS[on]
        alerts = [
            n for n in self._notifications.get((budget.arn, on), ()) if n.comparison != "LESS_THAN"
        ]
        in_time = [n for n in alerts if _in_time(n, budget)]
        subscribers = [s for n in in_time for s in self._subscribers.get(n, ())]
        silence = loudest(self._silence(subscriber) for subscriber in subscribers)
        if subscribers and not silence:
            return
        if not alerts:
            why = Silence("no-alert", f"no alert on {word} spend")
        elif not in_time:
            why = Silence("alert-above-limit", f"its alert on {word} spend is above its limit")
        else:
            without = Silence("no-subscriber", f"its alert on {word} spend has no subscriber")
            why = silence or without
        yield Offender(
            budget.arn,
            f"{word}:{why.fault}",
            why.observed,
            f"an alert on {word} spend that reaches somebody",
            absent_from=(*_LISTENERS, *why.absent_from),
        )

    def _silence(self, subscriber: BudgetSubscriber) -> Silence | None:
        if subscriber.protocol == "EMAIL":
            return None
        region = subscriber.address.split(":")[3] if subscriber.address.count(":") > 3 else ""  # noqa: PLR2004 -- the region of an ARN
        targets = self._targets.get(region) or next(iter(self._targets.values()))
        return targets.silence(subscriber.address)


def _in_time(notification: BudgetNotification, budget: Budget) -> bool:
    limit = Decimal(100) if notification.in_percent else budget.limit
    return notification.threshold <= limit
