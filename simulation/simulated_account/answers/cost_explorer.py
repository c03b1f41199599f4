"""Cost Explorer, of which moto has next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from datetime import date

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class CostExplorer(ServiceAnswers):
    """What was spent, by which tags it can be split, and which anomalies were seen in it.

    `linked`: another account pays, and alone may see the list of tag keys.
    """

    service = "ce"

    def __init__(self, moto: MotoAccount) -> None:
        """A new account, which nobody else pays for."""
        super().__init__(moto)
        self.linked = False
        self.billed_keys: list[str] = []
        self.coverage: Output | None = None
        self.advice: Output = {}
        self.anomalies: list[Output] = []
        self.monitors: list[Output] = []
        self.subscriptions: list[Output] = []
        self._statuses: dict[str, str] = {}
        self._costs: dict[str, float] = {}

    def set_tag_key(self, key: str, *, active: bool) -> None:
        """As a cost allocation tag; an active one is in the bill from the next day."""
        self._statuses[key] = "Active" if active else "Inactive"

    def set_cost(self, day: date, amount: float) -> None:
        """What the account cost on a day, in US dollars, without credits, refunds and taxes."""
        self._costs[day.isoformat()] = amount

    @answers("GetTags")
    def tags(self, _: AwsRequest) -> Output:
        """The keys that costs carry, whatever period is asked for."""
        found = len(self.billed_keys)
        return {"Tags": list(self.billed_keys), "ReturnSize": found, "TotalSize": found}

    @answers("ListCostAllocationTags")
    def cost_allocation_tags(self, request: AwsRequest) -> Output:
        """By key and status."""
        if self.linked:
            message = (
                "Failed to list Cost Allocation Tags: "
                "Linked account doesn't have access to cost allocation tags."
            )
            raise ServiceError(message, code="AccessDeniedException")
        keys, status = request.get("TagKeys"), request.get("Status")
        return {
            "CostAllocationTags": [
                {"TagKey": key, "Type": "UserDefined", "Status": known}
                for key, known in self._statuses.items()
                if (not keys or key in keys) and status in {None, known}
            ]
        }

    @answers("GetCostAndUsage")
    def cost_and_usage(self, request: AwsRequest) -> Output:
        """Day by day; the filters narrow nothing, for all costs are this account's usage."""
        if not self._costs:
            message = "Data is not available."
            raise ServiceError(message, code="DataUnavailableException")
        start, end = request["TimePeriod"]["Start"], request["TimePeriod"]["End"]
        return {
            "ResultsByTime": [
                {
                    "TimePeriod": {"Start": day, "End": day},
                    "Total": {
                        metric: {"Amount": str(amount), "Unit": "USD"}
                        for metric in request["Metrics"]
                    },
                    "Groups": [],
                    "Estimated": True,
                }
                for day, amount in sorted(self._costs.items())
                if start <= day < end
            ],
            "DimensionValueAttributes": [],
        }

    @answers("GetReservationCoverage")
    def reservation_coverage(self, request: AwsRequest) -> Output:
        """The hours of `coverage` over the whole period, whatever service is asked for."""
        if self.coverage is None:
            message = "Data is not available."
            raise ServiceError(message, code="DataUnavailableException")
        total = {"CoverageHours": dict(self.coverage)}
        covered = {"TimePeriod": dict(request["TimePeriod"]), "Groups": [], "Total": total}
        return {"CoveragesByTime": [covered], "Total": total}

    @answers("GetSavingsPlansPurchaseRecommendation")
    def savings_plans_advice(self, request: AwsRequest) -> Output:
        """The summary in `advice`; none where AWS has nothing to advise."""
        if not self.advice:
            return {"Metadata": {"AdditionalMetadata": "No recommendation."}}
        asked = ("SavingsPlansType", "TermInYears", "PaymentOption", "LookbackPeriodInDays")
        return {
            "SavingsPlansPurchaseRecommendation": {
                **{name: request[name] for name in asked},
                "SavingsPlansPurchaseRecommendationDetails": [],
                "SavingsPlansPurchaseRecommendationSummary": dict(self.advice),
            }
        }

    @answers("GetAnomalies")
    def get_anomalies(self, request: AwsRequest) -> Output:
        """Those that had not ended before the interval asked for."""
        start = request["DateInterval"]["StartDate"]
        found = [each for each in self.anomalies if each.get("AnomalyEndDate", start) >= start]
        return {"Anomalies": found}

    @answers("GetAnomalyMonitors")
    def get_monitors(self, _: AwsRequest) -> Output:
        """All of them."""
        return {"AnomalyMonitors": list(self.monitors)}

    @answers("GetAnomalySubscriptions")
    def get_subscriptions(self, _: AwsRequest) -> Output:
        """All of them."""
        return {"AnomalySubscriptions": list(self.subscriptions)}
