"""Service Quotas: moto knows the quotas of VPCs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_DEFAULTS = {
    ("apigateway", "L-9ED1E49A"): 500.0,
    ("bedrock", "L-79E773B3"): 50.0,
    ("bedrock", "L-AD41C330"): 400_000.0,
}


class ServiceQuotas(ServiceAnswers):
    """AWS's defaults of a few quotas, and the values that were applied."""

    service = "service-quotas"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing applied."""
        super().__init__(moto)
        self._applied: dict[tuple[str, str, str], Output] = {}

    def apply(self, region: str, service: str, code: str, value: float) -> None:
        """An increase that was granted."""
        self._applied[region, service, code] = {"Value": value}

    def withhold(self, region: str, service: str, code: str, error: str) -> None:
        """A value that the service does not give to Service Quotas."""
        self._applied[region, service, code] = {"ErrorReason": {"ErrorCode": error}}

    @answers("GetServiceQuota")
    def get_quota(self, request: AwsRequest) -> Output:
        """What was applied."""
        key = (request.region, request["ServiceCode"], request["QuotaCode"])
        return _quota(request, self._applied.get(key))

    @answers("GetAWSDefaultServiceQuota")
    def get_default(self, request: AwsRequest) -> Output:
        """AWS's own."""
        value = _DEFAULTS.get((request["ServiceCode"], request["QuotaCode"]))
        return _quota(request, {"Value": value} if value else None)


def _quota(request: AwsRequest, value: Output | None) -> Output:
    if value is None:
        message = "The request failed because the specified quota does not exist."
        raise ServiceError(message, code="NoSuchResourceException")
    keys = {name: request[name] for name in ("ServiceCode", "QuotaCode")}
    return {"Quota": {**keys, **value}}
