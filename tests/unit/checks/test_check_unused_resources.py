"""Nothing lies idle: functions, tables, log groups, volumes, addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from records import NOW

from compliance.checks.cost import resources_are_used
from compliance.facts.elastic_ips import ElasticIp
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.metrics import Usage
from compliance.facts.tables import Table
from compliance.facts.volumes import Volume
from compliance.model import Verdict

OLD = NOW - timedelta(days=90)
YOUNG = NOW - timedelta(days=29)
FUNCTION = Function("arn:function", "orders", "/aws/lambda/orders", OLD)
TABLE = Table("arn:table", "orders", OLD)
GROUP = LogGroup("arn:group", "/aws/lambda/gone", 30, "STANDARD", OLD, 0)
VOLUME = Volume("arn:volume", "available", OLD, 1200)
ADDRESS = ElasticIp("arn:ip", "192.0.2.1", associated=False)


def judged(
    *, used: dict[str, float] | None = None, rare: tuple[str, ...] = (), **facts: Any
) -> Verdict:
    none: dict[str, Any] = {
        name: [] for name in ("functions", "tables", "log_groups", "volumes", "elastic_ips")
    }
    usage = [Usage(arn, total) for arn, total in (used or {}).items()]
    return resources_are_used(**{**none, **facts}, usage=usage, now=NOW, days=30, rarely_used=rare)


def found(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(o.resource, o.fault, o.observed) for o in verdict.offenders]


def test_a_function_without_invocations_fails_with_its_age() -> None:
    verdict = judged(functions=[FUNCTION], used={FUNCTION.arn: 0})
    assert found(verdict) == [("arn:function", "not-invoked", "not invoked; unchanged for 90 days")]


def test_a_function_invoked_once_holds() -> None:
    verdict = judged(functions=[FUNCTION], used={FUNCTION.arn: 1})
    assert (found(verdict), verdict.evaluated) == ([], ("arn:function",))


def test_a_function_whose_metrics_are_unknown_is_not_accused() -> None:
    assert found(judged(functions=[FUNCTION])) == []


@pytest.mark.parametrize("modified_at", [YOUNG, None])
def test_a_function_changed_within_the_window_is_not_judged(modified_at: Any) -> None:
    function = replace(FUNCTION, modified_at=modified_at)
    assert found(judged(functions=[function], used={FUNCTION.arn: 0})) == []


def test_a_function_changed_at_the_start_of_the_window_is_judged() -> None:
    function = replace(FUNCTION, modified_at=NOW - timedelta(days=30))
    assert found(judged(functions=[function], used={FUNCTION.arn: 0})) != []


def test_a_replica_at_the_edge_is_not_judged() -> None:
    replica = replace(FUNCTION, name="us-east-1.headers")
    assert found(judged(functions=[replica], used={FUNCTION.arn: 0})) == []


def test_what_is_named_as_rarely_used_may_rest() -> None:
    archiver = "omnitrack-quarterly-archiver"
    verdict = judged(
        functions=[replace(FUNCTION, name=archiver)],
        tables=[replace(TABLE, name=archiver)],
        log_groups=[replace(GROUP, name=f"/aws/lambda/{archiver}")],
        used={FUNCTION.arn: 0, TABLE.arn: 0},
        rare=("omnitrack-quarterly-*",),
    )
    assert found(verdict) == []


def test_a_table_neither_read_nor_written_fails_with_its_age() -> None:
    verdict = judged(tables=[TABLE], used={TABLE.arn: 0})
    assert found(verdict) == [
        ("arn:table", "not-accessed", "neither read nor written; made 90 days ago")
    ]


@pytest.mark.parametrize(
    ("table", "used"),
    [
        (replace(TABLE, created_at=YOUNG), 0),
        (TABLE, 0.5),
        (replace(TABLE, status="ARCHIVED"), 0),
    ],
)
def test_a_young_table_one_in_use_and_one_archived_hold(table: Table, used: float) -> None:
    assert found(judged(tables=[table], used={TABLE.arn: used})) == []


def test_an_empty_log_group_fails_with_its_age() -> None:
    verdict = judged(log_groups=[GROUP])
    assert found(verdict) == [("arn:group", "empty", "holds no events; made 90 days ago")]
    assert verdict.offenders[0].absent_from == ("functions",)


@pytest.mark.parametrize(
    "group",
    [
        replace(GROUP, stored_bytes=1),
        replace(GROUP, stored_bytes=None),
        replace(GROUP, created_at=YOUNG),
        replace(GROUP, log_class="DELIVERY"),
        replace(GROUP, name="/aws/lambda/orders"),
    ],
    ids=["holds events", "size unknown", "young", "delivery", "of an existing function"],
)
def test_a_log_group_that_is_not_idle_holds(group: LogGroup) -> None:
    verdict = judged(functions=[FUNCTION], log_groups=[group], used={FUNCTION.arn: 1})
    assert found(verdict) == []


def test_an_unattached_volume_fails_with_its_size_and_age() -> None:
    assert found(judged(volumes=[VOLUME])) == [
        ("arn:volume", "unattached", "1,200 GB unattached; made 90 days ago")
    ]


@pytest.mark.parametrize(
    "volume",
    [
        replace(VOLUME, state="in-use"),
        replace(VOLUME, state="deleting"),
        replace(VOLUME, created_at=NOW - timedelta(hours=23)),
    ],
    ids=["attached", "going", "made today"],
)
def test_a_volume_in_use_and_one_made_today_hold(volume: Volume) -> None:
    assert found(judged(volumes=[volume])) == []


def test_an_address_associated_with_nothing_fails() -> None:
    assert found(judged(elastic_ips=[ADDRESS])) == [
        ("arn:ip", "unassociated", "192.0.2.1 is associated with nothing")
    ]


def test_an_associated_address_holds() -> None:
    assert found(judged(elastic_ips=[replace(ADDRESS, associated=True)])) == []


def test_an_account_with_nothing_is_not_judged() -> None:
    assert judged().inapplicable == "no functions, tables, log groups, volumes or addresses"
