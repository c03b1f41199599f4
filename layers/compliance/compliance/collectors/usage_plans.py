"""Amazon API Gateway: API keys, of which no value is ever read, and the plans that they call by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.usage_plans import ApiKey, UsagePlan, UsagePlanKey
from compliance.registry import Read, collector

_ACTIONS = ("apigateway:GET",)

GET_API_KEYS = Read("apigateway", "GetApiKeys", _ACTIONS)
GET_USAGE_PLANS = Read("apigateway", "GetUsagePlans", _ACTIONS)
GET_USAGE_PLAN_KEYS = Read(
    "apigateway", "GetUsagePlanKeys", _ACTIONS, absent=frozenset({"NotFoundException"})
)


@collector(GET_API_KEYS)
def api_keys(reader: Reader) -> Iterator[ApiKey]:
    """Every API key of the region without its value, 500 a page."""
    for page in reader.pages(GET_API_KEYS, limit=500, includeValues=False):
        for key in page.get("items", ()):
            yield ApiKey(key["id"], key.get("name", key["id"]), key.get("enabled", False))


@collector(GET_USAGE_PLANS)
def usage_plans(reader: Reader) -> Iterator[UsagePlan]:
    """Every usage plan of the region, 500 a page."""
    where = reader.identity
    prefix = f"arn:{where.partition}:apigateway:{where.region}::/usageplans"
    for page in reader.pages(GET_USAGE_PLANS, limit=500):
        for plan in page.get("items", ()):
            yield UsagePlan(
                arn=f"{prefix}/{plan['id']}",
                id=plan["id"],
                name=plan.get("name", plan["id"]),
                stages=frozenset((on["apiId"], on["stage"]) for on in plan.get("apiStages", ())),
                throttled=_limits(plan.get("throttle"), "rateLimit", "burstLimit"),
                metered=_limits(plan.get("quota"), "limit"),
            )


def _limits(settings: Mapping[str, Any] | None, *names: str) -> bool:
    return all((settings or {}).get(name, 0) > 0 for name in names)


@collector(GET_USAGE_PLAN_KEYS, production_stages="api.production_stages")
def usage_plan_keys(
    reader: Reader, usage_plans: Sequence[UsagePlan], *, production_stages: Sequence[str]
) -> Iterator[UsagePlanKey]:
    """The ids of the keys of every usage plan that covers a production stage, 500 a page.

    AWS answers with their values too; they are dropped here.
    """
    covering = [
        plan for plan in usage_plans if any(stage in production_stages for _, stage in plan.stages)
    ]
    for keys in reader.each(covering, partial(_keys, reader)):
        yield from keys


def _keys(reader: Reader, plan: UsagePlan) -> list[UsagePlanKey]:
    return [
        UsagePlanKey(plan.arn, key["id"])
        for page in reader.pages(GET_USAGE_PLAN_KEYS, usagePlanId=plan.id, limit=500)
        for key in page.get("items", ())
    ]
