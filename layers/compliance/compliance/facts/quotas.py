"""Service quotas."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """What a service allows the account in the region: the applied value, else AWS's default.

    Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ServiceQuota.html
    """

    service: str
    code: str
    value: float
