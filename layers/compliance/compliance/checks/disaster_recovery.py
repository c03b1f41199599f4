"""Disaster recovery: what stands ready elsewhere, and what would be lost if all were gone now."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from compliance.caches import caches_of, is_volatile, snapshot_command, snapshot_points
from compliance.facts.backups import RecoveryPoint
from compliance.facts.caches import CacheCluster, CacheSnapshot, ReplicationGroup, ServerlessCache
from compliance.facts.restores import RestoreJob
from compliance.facts.stacks import Stack, StackResource
from compliance.facts.tables import ContinuousBackups, OnDemandBackup, Table
from compliance.model import Offender, Verdict
from compliance.registry import check
from compliance.restorable import TABLE_SOURCES, newest_of, span, stale, table_points
from compliance.statements.records import Quantity

# Once for all regions, or made in the others by the one of the first region.
_GLOBAL = (
    "AWS::Budgets::",
    "AWS::CE::",
    "AWS::CloudFront::",
    "AWS::DynamoDB::GlobalTable",
    "AWS::IAM::",
    "AWS::Organizations::",
    "AWS::Route53::",
)


@check(alone=True)
def restorable_points_meet_the_rpo(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    on_demand_backups: Sequence[OnDemandBackup],
    recovery_points: Sequence[RecoveryPoint],
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
    cache_snapshots: Sequence[CacheSnapshot],
    now: datetime,
    stated: Quantity | None,
    *,
    hours: int,
) -> Verdict:
    """Every table and every cache can be restored to a point that is younger than the RPO.

    The RPO is the one that is attested, as a time such as 24 hours, and `hours` until one is.
    What matters is what could be restored now, whoever took it: a snapshot by hand counts. A store
    younger than the RPO is not due yet. Memcached on nodes cannot be restored to anything.

    Source: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_planning_for_recovery_objective_defined_recovery.html
    """
    caches = [
        cache
        for cache in caches_of(replication_groups, cache_clusters, serverless_caches)
        if not is_volatile(cache)
    ]
    if not tables and not caches:
        return Verdict.not_applicable("no tables and no caches that keep data in the region")
    objective = stated.duration if stated else None
    limit = timedelta(hours=hours) if objective is None else objective
    newest = newest_of(
        [
            *table_points(continuous_backups, on_demand_backups, recovery_points),
            *snapshot_points(caches, cache_snapshots),
        ]
    )

    def offenders() -> Iterator[Offender]:
        for table in tables:
            fix = _backup_command(table)
            for offender in stale(table.arn, table.created_at, newest, now, limit, TABLE_SOURCES):
                yield replace(offender, fix=fix)
        for cache in caches:
            fix = snapshot_command(cache)
            sources = ("cache_snapshots",)
            for offender in stale(cache.arn, cache.created_at, newest, now, limit, sources):
                yield replace(offender, fix=fix)

    return Verdict.of(
        "data store",
        (store.arn for store in (*tables, *caches)),
        offenders(),
        holds=f"all can be restored to a point less than {span(limit)} old, as the RPO demands",
    )


@check
def restores_keep_the_rto(
    restore_jobs: Sequence[RestoreJob], stated: Quantity | None, now: datetime, *, days: int
) -> Verdict:
    """No restore of the last `days` took longer than the RTO that is attested.

    What a restore took is the least that a recovery takes: deciding and redirecting come on top.

    Source: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_planning_for_recovery_objective_defined_recovery.html
    """
    took = {
        job: job.completed_at - job.started_at
        for job in restore_jobs
        if job.completed_at
        and job.status == "COMPLETED"
        and job.started_at >= now - timedelta(days)
    }
    if not took:
        return Verdict.not_applicable(f"no restore in the last {days} days to hold it against")
    longest = max(took.values())
    objective = stated.duration if stated else None
    by_length = sorted(took, key=lambda job: (took[job], job.started_at))
    return Verdict.of(
        "restore",
        dict.fromkeys(job.resource_arn for job in took),
        (
            Offender(
                job.resource_arn,
                "longer-than-the-rto",
                f"its restore on {job.started_at:%Y-%m-%d} took {_hours(took[job])}",
                f"at most {stated}, as the RTO says",
            )
            for job in by_length
            if objective is not None and took[job] > objective
        ),
        holds=f"the longest took {_hours(longest)}",
    )


def _hours(duration: timedelta) -> str:
    return f"{duration / timedelta(hours=1):.1f} h"


def _backup_command(table: Table) -> str:
    region, name = table.arn.split(":")[3], shlex.quote(table.name)
    create = f"aws dynamodb create-backup --table-name {name} --region {region}"
    return f"{create} --backup-name {name}-$(date -u +%Y%m%dT%H%M%SZ)"


@check
def stack_stands_in_the_second_region(
    second_region_stacks: Sequence[Stack],
    stack_resources: Sequence[StackResource],
    second_region_stack_resources: Sequence[StackResource],
    *,
    stack: str,
    second_region: str | None,
) -> Verdict:
    """The workload's stack stands in the second region, with every resource of the first.

    Resources are compared by their logical ids. What AWS has once for all regions need not be there
    twice: IAM, CloudFront, Route 53, organizations, budgets and global tables.

    Source: https://docs.aws.amazon.com/whitepapers/latest/disaster-recovery-workloads-on-aws/disaster-recovery-options-in-the-cloud.html
    """
    if second_region is None:
        return Verdict.not_applicable("the baseline names no second region", settled=True)
    missing = f"stack:{stack}"
    regional = [each for each in stack_resources if not each.type.startswith(_GLOBAL)]
    there = [each for each in second_region_stacks if each.name == stack]
    offenders = [
        Offender(
            each.arn,
            "does-not-stand",
            f"its status is {each.status}",
            "a completed creation, update or import",
        )
        for each in there
        if not each.stands
    ]
    if not there:
        offenders.append(
            Offender(
                missing,
                "missing",
                f"no stack of this name in {second_region}",
                f"the stack in {second_region}",
                absent_from=("second_region_stacks",),
            )
        )
    elif not stack_resources:
        offenders.append(
            Offender(
                missing,
                "nothing-to-compare",
                "no stack of this name in the first region",
                "the stack in both regions",
                absent_from=("stack_resources",),
            )
        )
    else:
        found = {each.logical_id for each in second_region_stack_resources}
        offenders += [
            Offender(
                f"stack-resource:{each.logical_id}",
                "missing",
                f"no {each.type} {each.logical_id} in {second_region}",
                "every resource of the stack in both regions",
                absent_from=("second_region_stack_resources",),
            )
            for each in regional
            if each.logical_id not in found
        ]
    return Verdict.of(
        "resource",
        [
            *([each.arn for each in there] or [missing]),
            *(f"stack-resource:{each.logical_id}" for each in regional),
        ],
        offenders,
        holds=f"all stand in {second_region} too",
    )
