"""How the quotas that a workload needs are held against those that its account has."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compliance.facts.quotas import Quota
from compliance.model import Identity, Offender

__all__ = ["quota_faults", "quota_name"]


def quota_name(demand: Mapping[str, Any]) -> str:
    """What a quota of the baseline is called among resources."""
    return f"quota:{demand['service']}/{demand['code']}"


def quota_faults(
    demands: Iterable[Mapping[str, Any]], quotas: Iterable[Quota], identity: Identity
) -> Iterator[Offender]:
    """What is wrong with the quotas that the baseline demands, each with the request that mends it.

    A demand has a `service`, a `code`, a `name` and a `minimum`. Its offender is absent from the
    fact `quotas` where AWS does not know it.
    """
    region = identity.region
    values = {(quota.service, quota.code): quota.value for quota in quotas}
    for demand in demands:
        service, code, minimum = demand["service"], demand["code"], demand["minimum"]
        value = values.get((service, code))
        expected = f"{minimum:,} or more {demand['name']}"
        at = f"--service-code {shlex.quote(service)}"
        if value is None:
            yield Offender(
                quota_name(demand),
                "unknown-quota",
                "AWS knows no such quota in the region",
                expected,
                absent_from=("quotas",),
                fix=f"aws service-quotas list-aws-default-service-quotas {at} --region {region}",
            )
        elif value < minimum:
            wanted = f"{at} --quota-code {shlex.quote(code)} --desired-value {minimum}"
            yield Offender(
                quota_name(demand),
                "below-minimum",
                f"{value:,g} {demand['name']}",
                expected,
                fix=f"aws service-quotas request-service-quota-increase {wanted} --region {region}",
            )
