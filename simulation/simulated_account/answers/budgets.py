"""AWS Budgets: moto keeps what it is given, but cannot tell whom a notification reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
)

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_PERCENT = 100


class Budgets(ServiceAnswers):
    """Subscribers, the state of notifications, and what was spent."""

    service = "budgets"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing spent."""
        super().__init__(moto)
        self._spent: dict[str, Output] = {}

    def set_spend(self, budget: str, *, actual: float, forecast: float | None) -> None:
        """In US dollars. AWS gives no forecast while an account is too young for one."""
        spend: Output = {"ActualSpend": {"Amount": str(actual), "Unit": "USD"}}
        if forecast is not None:
            spend["ForecastedSpend"] = {"Amount": str(forecast), "Unit": "USD"}
        self._spent[budget] = spend

    @amends("DescribeBudgets", "DescribeBudget")
    def describe(self, request: AwsRequest, output: Output) -> Output:
        """With the spend, and without the filter expression unless it is asked for.

        AWS leaves FilterExpression and Metrics out by default: who does not ask for them takes a
        filtered budget for one of the whole account.
        """
        one = [output["Budget"]] if "Budget" in output else []
        for budget in output.get("Budgets", one):
            spend = self._spent.get(budget["BudgetName"])
            if spend:
                budget["CalculatedSpend"] = spend
            if not request.get("ShowFilterExpression"):
                budget.pop("FilterExpression", None)
                budget.pop("Metrics", None)
        return output

    @answers("UpdateBudget")
    def update(self, request: AwsRequest) -> Output:
        """Replaces the budget and keeps its notifications."""
        budget = self._budget(request, request["NewBudget"]["BudgetName"])
        budget.budget = {
            "TimePeriod": budget.budget["TimePeriod"],
            "LastUpdatedTime": budget.budget["LastUpdatedTime"],
            **request["NewBudget"],
        }
        return {}

    @answers("DescribeNotificationsForBudget")
    def notifications(self, request: AwsRequest) -> Output:
        """With the state that the spend has put them in."""
        return {"Notifications": self._notifications(self._budget(request, request["BudgetName"]))}

    @answers("DescribeBudgetNotificationsForAccount")
    def notifications_of_all(self, request: AwsRequest) -> Output:
        """Budgets without notifications are left out, as AWS does."""
        return {
            "BudgetNotificationsForAccount": [
                {"BudgetName": name, "Notifications": self._notifications(budget)}
                for name, budget in list(self._budgets(request).items())
                if budget.notifications
            ]
        }

    @answers("DescribeSubscribersForNotification")
    def subscribers(self, request: AwsRequest) -> Output:
        """As CreateBudget, CreateNotification and CreateSubscriber left them."""
        return {"Subscribers": list(self._notification(request).subscribers or ())}

    @answers("CreateSubscriber")
    def create_subscriber(self, request: AwsRequest) -> Output:
        """One more for an existing notification."""
        notification = self._notification(request)
        notification.subscribers = [*(notification.subscribers or ()), request["Subscriber"]]
        return {}

    @answers("DeleteSubscriber")
    def delete_subscriber(self, request: AwsRequest) -> Output:
        """AWS deletes a notification with its last subscriber; this keeps it, without any."""
        notification = self._notification(request)
        notification.subscribers = [
            each for each in notification.subscribers or () if each != request["Subscriber"]
        ]
        return {}

    def _budgets(self, request: AwsRequest) -> dict[str, Any]:
        budgets: dict[str, Any] = self.moto.backend("budgets").budgets[request["AccountId"]]
        return budgets

    def _budget(self, request: AwsRequest, name: str) -> Any:
        budget = self._budgets(request).get(name)
        if budget is None:
            message = f"Unable to get budget: {name} - the budget doesn't exist."
            raise ServiceError(message, code="NotFoundException")
        return budget

    def _notification(self, request: AwsRequest) -> Any:
        wanted = _identity(request["Notification"])
        for notification in self._budget(request, request["BudgetName"]).notifications:
            if _identity(notification.details) == wanted:
                return notification
        message = "Unable to get subscribers - the notification doesn't exist."
        raise ServiceError(message, code="NotFoundException")

    def _notifications(self, budget: Any) -> list[Output]:
        described = budget.to_dict()
        spend = self._spent.get(described["BudgetName"], described["CalculatedSpend"])
        limit = float(described.get("BudgetLimit", {}).get("Amount", "inf"))
        return [
            {
                "ThresholdType": "PERCENTAGE",
                **notification.details,
                "NotificationState": _state(notification.details, spend, limit),
            }
            for notification in budget.notifications
        ]


def _identity(notification: Output) -> tuple[Any, ...]:
    return (
        notification["NotificationType"],
        notification["ComparisonOperator"],
        float(notification["Threshold"]),
        notification.get("ThresholdType", "PERCENTAGE"),
    )


def _state(notification: Output, spend: Output, limit: float) -> str:
    kind = "ActualSpend" if notification["NotificationType"] == "ACTUAL" else "ForecastedSpend"
    amount = float(spend.get(kind, {}).get("Amount", 0))
    threshold = float(notification["Threshold"])
    if notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE":
        threshold = limit * threshold / _PERCENT
    reached = {
        "GREATER_THAN": amount > threshold,
        "LESS_THAN": amount < threshold,
        "EQUAL_TO": amount == threshold,
    }
    return "ALARM" if reached[notification["ComparisonOperator"]] else "OK"
