"""CloudTrail: moto knows no other account's trails, no delivery errors, no default selectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, answers

if TYPE_CHECKING:
    from typing import Any

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_ALL_MANAGEMENT_EVENTS = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


@dataclass
class _Shadow:
    """A trail that another account of the organization owns."""

    trail: Output
    status: Output
    selectors: list[Output] = field(default_factory=lambda: [_ALL_MANAGEMENT_EVENTS])


class CloudTrail(ServiceAnswers):
    """Trails of the organization, and what becomes of deliveries."""

    service = "cloudtrail"

    def __init__(self, moto: MotoAccount) -> None:
        """Every delivery works."""
        super().__init__(moto)
        self._shadows: dict[str, _Shadow] = {}
        self._statuses: dict[str, Output] = {}

    def share(self, trail: Output, status: Output) -> None:
        """The management account's trail over this account; `trail` is as DescribeTrails has it."""
        self._shadows[trail["TrailARN"]] = _Shadow(
            {"IsMultiRegionTrail": True, "IsOrganizationTrail": True, **trail},
            {"IsLogging": True, **status},
        )

    def set_status(self, arn: str, **status: Any) -> None:
        """What GetTrailStatus says of a trail besides what moto does."""
        self._statuses[arn] = status

    @amends("DescribeTrails")
    def describe(self, request: AwsRequest, output: Output) -> Output:
        """With those of the organization, where shadows are wanted."""
        if request.get("includeShadowTrails", True) and not request.get("trailNameList"):
            output["trailList"] += [shadow.trail for shadow in self._shadows.values()]
        return output

    @answers("GetTrailStatus")
    def status(self, request: AwsRequest) -> Output:
        """By ARN for the trails of others."""
        shadow = self._shadows.get(request["Name"])
        if shadow:
            return shadow.status
        status = self.from_moto(request)
        if not status.get("StartLoggingTime"):
            status.pop("LatestDeliveryTime", None)
        return status | self._statuses.get(request["Name"], {})

    @answers("GetEventSelectors")
    def selectors(self, request: AwsRequest) -> Output:
        """A trail without selectors of its own records all management events."""
        shadow = self._shadows.get(request["TrailName"])
        if shadow:
            return {"TrailARN": request["TrailName"], "EventSelectors": shadow.selectors}
        output = self.from_moto(request)
        if output.get("AdvancedEventSelectors"):
            output.pop("EventSelectors", None)
        else:
            output["EventSelectors"] = output.get("EventSelectors") or [_ALL_MANAGEMENT_EVENTS]
        return output
