"""Every table and every cache can be restored to a point that is younger than the RPO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from example_caches import GROUP, MEMCACHED, NODES, SERVERLESS, SINGLE
from records import NOW

from compliance.checks.disaster_recovery import (
    restorable_points_meet_the_rpo,
    restores_keep_the_rto,
)
from compliance.facts.backups import RecoveryPoint
from compliance.facts.caches import CacheCluster, CacheSnapshot, ReplicationGroup, ServerlessCache
from compliance.facts.restores import RestoreJob
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Table
from compliance.model import Verdict
from compliance.statements.records import Quantity

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
TABLE = Table(ARN, "parcels", NOW - timedelta(days=100))
HOUR_AGO, DAYS_AGO = NOW - timedelta(hours=1), NOW - timedelta(days=3)


def judged(
    *,
    tables: Sequence[Table] = (),
    continuous: Sequence[ContinuousBackups] = (),
    on_demand: Sequence[OnDemandBackup] = (),
    points: Sequence[RecoveryPoint] = (),
    groups: Sequence[ReplicationGroup] = (),
    clusters: Sequence[CacheCluster] = (),
    serverless: Sequence[ServerlessCache] = (),
    snapshots: Sequence[CacheSnapshot] = (),
    stated: Quantity | None = None,
) -> Verdict:
    return restorable_points_meet_the_rpo(
        tables,
        continuous,
        on_demand,
        points,
        groups,
        clusters,
        serverless,
        snapshots,
        NOW,
        stated,
        hours=24,
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


@pytest.mark.parametrize(
    "source",
    [
        {"continuous": [ContinuousBackups(ARN, True, 35, HOUR_AGO)]},  # noqa: FBT003 -- a record in its own order
        {"on_demand": [OnDemandBackup("arn:b", ARN, HOUR_AGO)]},
        {"points": [RecoveryPoint("arn:r", ARN, HOUR_AGO)]},
    ],
    ids=["point-in-time recovery", "backup on demand", "recovery point"],
)
def test_any_fresh_point_of_a_table_holds(source: dict[str, Sequence[object]]) -> None:
    verdict = judged(tables=[TABLE], **source)  # type: ignore[arg-type]  # one source of three
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_fresh_snapshot_holds_for_a_cache_whoever_took_it() -> None:
    by_hand = CacheSnapshot("arn:s", HOUR_AGO, automatic=False, cache_cluster_id="sessions-001")
    verdict = judged(groups=[GROUP], clusters=NODES, snapshots=[by_hand])
    assert (verdict.evaluated, verdict.offenders) == ((GROUP.arn,), ())


def test_what_cannot_be_restored_fails_store_by_store() -> None:
    verdict = judged(
        tables=[TABLE], groups=[GROUP], clusters=[*NODES, SINGLE], serverless=[SERVERLESS]
    )
    assert keys(verdict) == sorted(
        (store.arn, "no-backup") for store in (TABLE, GROUP, SINGLE, SERVERLESS)
    )


def test_points_older_than_the_rpo_fail() -> None:
    verdict = judged(
        tables=[TABLE],
        on_demand=[OnDemandBackup("arn:b", ARN, DAYS_AGO)],
        serverless=[SERVERLESS],
        snapshots=[CacheSnapshot("arn:s", DAYS_AGO, automatic=True, serverless_cache_name="rates")],
    )
    assert keys(verdict) == [(ARN, "too-old"), (SERVERLESS.arn, "too-old")]


def test_each_kind_of_store_was_looked_for_in_its_own_facts() -> None:
    table, cache = judged(tables=[TABLE], groups=[GROUP]).offenders
    assert table.absent_from == ("continuous_backups", "on_demand_backups", "recovery_points")
    assert cache.absent_from == ("cache_snapshots",)


def test_a_store_younger_than_the_rpo_is_not_due_yet() -> None:
    young = replace(GROUP, created_at=HOUR_AGO)
    assert judged(tables=[replace(TABLE, created_at=HOUR_AGO)], groups=[young]).offenders == ()


@pytest.mark.parametrize("clusters", [[], [MEMCACHED]], ids=["nothing", "Memcached alone"])
def test_nothing_that_could_be_restored_is_nothing_to_judge(clusters: list[CacheCluster]) -> None:
    assert judged(clusters=clusters).inapplicable


def test_the_fix_backs_up_what_it_names() -> None:
    fixes = [
        offender.fix
        for offender in judged(tables=[TABLE], groups=[GROUP], serverless=[SERVERLESS]).offenders
    ]
    assert fixes == [
        (
            "aws dynamodb create-backup --table-name parcels --region us-east-1"
            " --backup-name parcels-$(date -u +%Y%m%dT%H%M%SZ)"
        ),
        (
            "aws elasticache create-snapshot --replication-group-id sessions --region us-east-1"
            " --snapshot-name sessions-$(date -u +%Y%m%d-%H%M%S)"
        ),
        (
            "aws elasticache create-serverless-cache-snapshot --serverless-cache-name rates"
            " --region us-east-1"
            " --serverless-cache-snapshot-name rates-$(date -u +%Y%m%d-%H%M%S)"
        ),
    ]


def test_the_rpo_that_is_attested_counts_instead_of_the_baseline_s() -> None:
    points = [RecoveryPoint("arn:r", ARN, HOUR_AGO)]
    verdict = judged(tables=[TABLE], points=points, stated=Quantity(30, "minutes"))
    assert keys(verdict) == [(ARN, "too-old")]
    assert judged(tables=[TABLE], points=points, stated=Quantity(2, "h")).offenders == ()


@pytest.mark.parametrize(
    ("rpo", "minutes", "holds"),
    [
        (Quantity(15, "minutes"), 5, True),
        (Quantity(15, "minutes"), 15, False),
        (Quantity(30, "minutes"), 29, True),
        (Quantity(90, "minutes"), 75, True),
        (Quantity(90, "minutes"), 90, False),
        (Quantity(1.5, "hours"), 89, True),
    ],
)
def test_an_rpo_counts_to_the_minute(rpo: Quantity, minutes: int, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    point = ContinuousBackups(ARN, True, 35, NOW - timedelta(minutes=minutes))  # noqa: FBT003 -- a record in its own order
    young = replace(TABLE, created_at=NOW - timedelta(hours=2))
    verdict = judged(tables=[young], continuous=[point], stated=rpo)
    assert keys(verdict) == ([] if holds else [(ARN, "too-old")])


@pytest.mark.parametrize(
    ("rpo", "minutes", "age", "limit"),
    [
        (Quantity(15, "minutes"), 20.5, "20 min", "15 min"),
        (Quantity(90, "minutes"), 105, "1.8 h", "1.5 h"),
        (None, 49 * 60 + 20, "49 h", "24 h"),
    ],
)
def test_an_age_below_an_hour_is_told_in_minutes(
    rpo: Quantity | None, minutes: float, age: str, limit: str
) -> None:
    at = NOW - timedelta(minutes=minutes)
    verdict = judged(tables=[TABLE], points=[RecoveryPoint("arn:r", ARN, at)], stated=rpo)
    [offender] = verdict.offenders
    assert offender.observed.startswith(f"the newest is {age} old (")
    assert offender.expected == f"a restorable point less than {limit} old"
    assert f"less than {limit} old" in verdict.holds


def test_an_rpo_in_no_unit_of_time_leaves_the_baseline_s() -> None:
    points = [RecoveryPoint("arn:r", ARN, HOUR_AGO)]
    assert judged(tables=[TABLE], points=points, stated=Quantity(1, "GB")).offenders == ()


# --- the RTO


def restore(hours: float, *, days_ago: float = 10, status: str = "COMPLETED") -> RestoreJob:
    began = NOW - timedelta(days=days_ago)
    return RestoreJob("j", ARN, "DynamoDB", status, began, began + timedelta(hours=hours))


def rto(*jobs: RestoreJob, stated: Quantity | None = None) -> Verdict:
    return restores_keep_the_rto(jobs, stated, NOW, days=180)


def test_a_restore_that_took_longer_contradicts_the_rto() -> None:
    (offender,) = rto(restore(5), stated=Quantity(4, "hours")).offenders
    assert offender.key == (ARN, "longer-than-the-rto")
    assert offender.observed == "its restore on 2026-05-22 took 5.0 h"
    assert offender.expected == "at most 4 hours, as the RTO says"


def test_the_longest_restore_is_shown_beside_the_rto() -> None:
    verdict = rto(restore(1), restore(3, days_ago=20), stated=Quantity(4, "hours"))
    assert (verdict.offenders, verdict.holds) == ((), "the longest took 3.0 h")
    assert rto(restore(99)).offenders == ()


@pytest.mark.parametrize("job", [restore(99, days_ago=181), restore(99, status="FAILED")])
def test_an_old_restore_or_a_failed_one_says_nothing_of_the_rto(job: RestoreJob) -> None:
    assert rto(job, stated=Quantity(4, "hours")).inapplicable
