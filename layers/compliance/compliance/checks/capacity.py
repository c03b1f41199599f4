"""Amazon DynamoDB: whether tables have the capacity that they use."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from compliance.facts.levels import Capacity, Points, TableLevels
from compliance.levels import by_hour, during, highest, percent, total
from compliance.model import Identity, Offender, Verdict, plural
from compliance.registry import check

_HOUR_SECONDS = 3_600
_WINDOW_HOURS = 24


@check
def tables_have_the_capacity_they_use(
    table_levels: Sequence[TableLevels],
    identity: Identity,
    *,
    minimum_percent: float,
    maximum_percent: float,
) -> Verdict:
    """No table or index throttled a request in the last 24 hours, none has far too much capacity.

    Where capacity is provisioned, its busiest hour uses at most `maximum_percent` of what was
    provisioned in that hour, and the day at least `minimum_percent`. A single unit is never too
    much: there is no smaller capacity. On demand there is no capacity to compare.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """
    if not table_levels:
        return Verdict.not_applicable("no tables in the region")
    return Verdict.of(
        "table or index",
        (each.arn for each in table_levels),
        (
            offender
            for each in table_levels
            for kind, throttles, capacity in (
                ("reads", each.read_throttles, each.reads),
                ("writes", each.write_throttles, each.writes),
            )
            for offender in (
                *_throttled(each, kind, throttles, identity),
                *_misfit(each, kind, capacity, (minimum_percent, maximum_percent), identity),
            )
        ),
        holds="nothing throttled in the last 24 hours, and no capacity is idle or nearly used up",
    )


def _throttled(
    table: TableLevels, kind: str, throttles: Points, identity: Identity
) -> Iterator[Offender]:
    if count := total(throttles):
        hour, most = highest(by_hour(throttles))
        yield Offender(
            table.arn,
            f"{kind}-throttled",
            f"{plural(round(count), f'throttled {kind[:-1]}')}, {most:,.0f} of them from "
            f"{during(hour)}",
            "none in the last 24 hours",
            fix=_fix(table, identity),
        )


def _misfit(
    table: TableLevels,
    kind: str,
    capacity: Capacity | None,
    limits: tuple[float, float],
    identity: Identity,
) -> Iterator[Offender]:
    if capacity is None:
        return
    minimum, maximum = limits
    consumed = by_hour(capacity.consumed)
    provisioned = by_hour(capacity.provisioned)
    fix = _fix(table, identity)
    shares = {
        hour: 100 * units / (_HOUR_SECONDS * available)
        for hour, units in consumed.items()
        if (available := provisioned.get(hour, capacity.units))
    }
    hour, most = highest(shares) if shares else (None, 0.0)
    if hour and most > maximum:
        yield Offender(
            table.arn,
            f"{kind}-nearly-used-up",
            f"{percent(most)} of the capacity for {kind} was used from {during(hour)}",
            f"at most {maximum:g} % in any hour",
            fix=fix,
        )
    available = _available(capacity, provisioned)
    used = 100 * sum(consumed.values()) / available if available else 0.0
    if used < minimum and capacity.units > 1:
        yield Offender(
            table.arn,
            f"{kind}-idle",
            f"{percent(used)} of the capacity for {kind} was used, now "
            f"{plural(capacity.units, 'unit')}",
            f"at least {minimum:g} % on average over the last 24 hours",
            fix=fix,
        )


def _available(capacity: Capacity, provisioned: Mapping[datetime, float]) -> float:
    """The units that could have been consumed in the hours in which they were provisioned."""
    hours = sum(provisioned.values()) if provisioned else _WINDOW_HOURS * capacity.units
    return _HOUR_SECONDS * hours


def _fix(table: TableLevels, identity: Identity) -> str:
    """On demand, capacity follows use; what still throttles there has a hot key to be found."""
    name = f"--table-name {shlex.quote(table.table)}"
    where = f"--region {identity.region}"
    if table.reads or table.writes:
        return f"aws dynamodb update-table {name} --billing-mode PAY_PER_REQUEST {where}"
    index = f" --index-name {shlex.quote(table.index)}" if table.index else ""
    return (
        f"aws dynamodb update-contributor-insights {name}{index} "
        f"--contributor-insights-action ENABLE {where}"
    )
