"""AWS Budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Budget:
    """A cost budget. Amounts are in `currency`; a forecast is None until AWS can make one.

    `whole_account`: no filter narrows it to less than this account's cost.
    `services`: those that it is narrowed to, where nothing else narrows it.
    `adjusts`: AWS sets the limit anew from history or forecast.
    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
    """

    arn: str
    name: str
    period: Literal["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"]
    limit: Decimal
    currency: str
    actual: Decimal
    forecast: Decimal | None
    whole_account: bool
    adjusts: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    healthy: bool = True
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetNotification:
    """One alert of a budget. `threshold` is in percent of the limit, or in the budget's currency.

    `in_alarm`: the spend, or its forecast, has passed the threshold and the alert went off.

    Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html
    """

    budget_arn: str
    on: Literal["ACTUAL", "FORECASTED"]
    comparison: str
    threshold: Decimal
    in_percent: bool
    in_alarm: bool = False


@dataclass(frozen=True, slots=True)
class BudgetSubscriber:
    """Somebody whom one notification reaches: an e-mail address, or a topic's ARN."""

    notification: BudgetNotification
    protocol: Literal["EMAIL", "SNS"]
    address: str
