"""Tables have the capacity that they use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from example_alarms import IDENTITY, TABLE
from records import NOW

from compliance.checks.capacity import tables_have_the_capacity_they_use
from compliance.facts.levels import Capacity, Points, TableLevels
from compliance.model import Verdict

ON_DEMAND = TableLevels(TABLE.arn, "parcels")
INDEX = TableLevels(f"{TABLE.arn}/index/by-day", "parcels", "by-day")


def units(*per_second: float) -> Points:
    """Sums of hours in which this many units were used in each second."""
    begin = NOW - timedelta(hours=24)
    return tuple((begin + timedelta(hours=at), 3600 * each) for at, each in enumerate(per_second))


def average(*per_second: float) -> Points:
    return tuple((at, value / 3600) for at, value in units(*per_second))


def judged(*tables: TableLevels) -> Verdict:
    return tables_have_the_capacity_they_use(
        tables, IDENTITY, minimum_percent=20, maximum_percent=80
    )


def reading(capacity: Capacity) -> list[tuple[str, str]]:
    verdict = judged(replace(ON_DEMAND, reads=capacity))
    return [(offender.fault, offender.observed) for offender in verdict.offenders]


def test_a_table_on_demand_without_throttles_holds() -> None:
    assert judged(ON_DEMAND, INDEX).offenders == ()


def test_without_tables_nothing_is_judged() -> None:
    assert judged().inapplicable == "no tables in the region"


def test_one_throttled_request_fails_the_table_or_the_index_that_it_went_to() -> None:
    begin = NOW - timedelta(hours=2)
    verdict = judged(ON_DEMAND, replace(INDEX, read_throttles=((begin, 1.0),)))
    assert [(o.resource, o.fault, o.observed) for o in verdict.offenders] == [
        (
            INDEX.arn,
            "reads-throttled",
            "1 throttled read, 1 of them from 2026-06-01 10:00 to 11:00 UTC",
        )
    ]


def test_the_command_looks_for_the_hot_key_of_what_is_on_demand() -> None:
    [offender] = judged(replace(INDEX, write_throttles=((NOW, 3.0),))).offenders
    assert offender.fix == (
        "aws dynamodb update-contributor-insights --table-name parcels --index-name by-day "
        "--contributor-insights-action ENABLE --region us-east-1"
    )


def test_the_command_puts_provisioned_capacity_on_demand() -> None:
    reads = Capacity(10, consumed=units(*[9] * 24))
    [offender] = judged(replace(ON_DEMAND, reads=reads)).offenders
    assert offender.fix == (
        "aws dynamodb update-table --table-name parcels --billing-mode PAY_PER_REQUEST "
        "--region us-east-1"
    )


@pytest.mark.parametrize("used", [2, 8])
def test_capacity_within_its_range_holds(used: float) -> None:
    assert reading(Capacity(10, consumed=units(*[used] * 24))) == []


def test_the_busiest_hour_may_not_nearly_use_up_the_capacity() -> None:
    assert reading(Capacity(10, consumed=units(*[5] * 23, 8.1))) == [
        (
            "reads-nearly-used-up",
            "81 % of the capacity for reads was used from 2026-06-01 11:00 to 12:00 UTC",
        )
    ]


def test_capacity_that_is_hardly_used_is_idle() -> None:
    assert reading(Capacity(10, consumed=units(*[1.9] * 24))) == [
        ("reads-idle", "19 % of the capacity for reads was used, now 10 units")
    ]


def test_capacity_that_nothing_used_is_idle() -> None:
    assert [fault for fault, _ in reading(Capacity(10))] == ["reads-idle"]


def test_hours_in_which_nothing_was_used_count_for_the_average() -> None:
    assert [fault for fault, _ in reading(Capacity(10, consumed=units(7)))] == ["reads-idle"]


def test_a_single_unit_is_never_idle() -> None:
    assert reading(Capacity(1)) == []


def test_use_is_held_against_what_was_provisioned_at_the_time() -> None:
    """Scaled in since: the capacity of now would have been used up, that of then was not."""
    used, had = units(*[30] * 12, *[5] * 12), average(*[60] * 12, *[10] * 12)
    assert reading(Capacity(10, had, used)) == []


def test_a_new_table_is_held_against_the_hours_that_it_has_been_there() -> None:
    assert reading(Capacity(10, average(10, 10), units(5, 5))) == []


def test_writes_are_judged_as_reads_are() -> None:
    verdict = judged(replace(ON_DEMAND, writes=Capacity(10), write_throttles=((NOW, 2.0),)))
    assert [o.fault for o in verdict.offenders] == ["writes-idle", "writes-throttled"]
