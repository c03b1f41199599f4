"""Amazon API Gateway: who calls with a key, and how much they may."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its value.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_ApiKey.html
    """

    id: str
    name: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """What callers with a key may do on `stages`, given as (API id, stage name).

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html
    """

    arn: str
    id: str
    name: str
    stages: frozenset[tuple[str, str]]
    throttled: bool
    metered: bool


@dataclass(frozen=True, slots=True)
class UsagePlanKey:
    """A key that callers of a plan use.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlanKey.html
    """

    plan_arn: str
    key_id: str
