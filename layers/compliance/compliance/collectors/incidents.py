"""AWS Systems Manager Incident Manager, which is closed to new customers."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.incidents import ResponsePlan
from compliance.registry import Read, collector

LIST_RESPONSE_PLANS = Read("ssm-incidents", "ListResponsePlans")


@collector(LIST_RESPONSE_PLANS, vouches=True, used="paging.incident_manager")
def response_plans(reader: Reader, *, used: bool) -> Iterator[ResponsePlan]:
    """Every response plan of the region; not asked for where the baseline pages otherwise.

    Most accounts cannot use the service any more, and many regions never had it.
    Source: https://docs.aws.amazon.com/incident-manager/latest/userguide/incident-manager-availability-change.html
    """
    if not used:
        return
    for page in reader.pages(LIST_RESPONSE_PLANS, maxResults=100):
        for plan in page["responsePlanSummaries"]:
            yield ResponsePlan(plan["arn"], plan["name"])
