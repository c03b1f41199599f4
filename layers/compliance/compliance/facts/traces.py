"""AWS X-Ray: which requests are traced, and the services that traces show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """Of the requests that match: so many a second, and a share of the rest.

    Source: https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
    """

    arn: str
    name: str
    fixed_rate: float
    reservoir_per_second: int


@dataclass(frozen=True, slots=True)
class TracedService:
    """A node of the service map; `kind` tells where it is known from.

    It is `client` for whoever sends the first request, `remote` for what only its callers tell of.
    Source: https://docs.aws.amazon.com/xray/latest/api/API_Service.html
    """

    name: str
    kind: str
