"""ElastiCache: who can reach a cache, who can read along, and what survives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from compliance.caches import (
    caches_of,
    events_command,
    is_volatile,
    modify_command,
    snapshot_points,
)
from compliance.facts.caches import (
    Cache,
    CacheCluster,
    CacheSnapshot,
    CacheSubnetGroup,
    ReplicationGroup,
    ServerlessCache,
)
from compliance.facts.network import RouteTable, Subnet
from compliance.model import Offender, Verdict, plural
from compliance.registry import check
from compliance.restorable import newest_of, stale

_NO_CACHES = Verdict.not_applicable("no caches in the region")
_NOTHING_KEPT = Verdict.not_applicable("no caches that keep data in the region")
_SUBNET_FACTS = ("cache_clusters", "cache_subnet_groups", "subnets")


@check
def caches_sit_in_private_subnets(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
    cache_subnet_groups: Sequence[CacheSubnetGroup],
    subnets: Sequence[Subnet],
    route_tables: Sequence[RouteTable],
) -> Verdict:
    """No subnet that a cache may lie in has a route to an internet gateway, for any destination.

    All subnets of the subnet group count, since a failover may move a node to each of them. A
    subnet without a route table of its own routes by the main one of its VPC. One that no longer
    exists holds no node and is passed over; where none can be found, nobody knows where the cache
    is, and that is an offence too.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SubnetGroups.html
    """
    caches = caches_of(replication_groups, cache_clusters, serverless_caches)
    if not caches:
        return _NO_CACHES
    allowed = {group.name: group.subnet_ids for group in cache_subnet_groups}
    vpc_of = {subnet.id: subnet.vpc_id for subnet in subnets}
    routing = _Routing(route_tables)

    def faults(cache: Cache) -> Iterator[Offender]:
        if isinstance(cache, ServerlessCache):
            named = set(cache.subnet_ids)
        else:
            groups = {node.subnet_group or "" for node in _nodes_of(cache, cache_clusters)}
            named = {subnet for group in groups for subnet in allowed.get(group, ())}
        found = sorted(named & vpc_of.keys())
        if not found:
            yield Offender(
                cache.arn,
                "subnets-unknown",
                "none of the subnets that it may lie in can be found",
                "a subnet group whose subnets exist",
                absent_from=_SUBNET_FACTS,
            )
        yield from routing.faults(cache.arn, {subnet: vpc_of[subnet] for subnet in found})

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds="none may lie in a subnet with a route to an internet gateway",
    )


class _Routing:
    """Which subnets reach the internet, by their own route table or by their VPC's main one."""

    def __init__(self, tables: Iterable[RouteTable]) -> None:
        self._own: dict[str, RouteTable] = {}
        self._main: dict[str, RouteTable] = {}
        for table in tables:
            self._own.update(dict.fromkeys(table.subnet_ids, table))
            if table.main:
                self._main[table.vpc_id] = table

    def faults(self, arn: str, vpc_of: dict[str, str]) -> Iterator[Offender]:
        """What is wrong with the subnets, given with their VPCs, for the cache in them."""
        tables = {
            subnet: self._own.get(subnet) or self._main.get(vpc) for subnet, vpc in vpc_of.items()
        }
        unrouted = [subnet for subnet, table in tables.items() if table is None]
        if unrouted:
            yield Offender(
                arn,
                "routes-unknown",
                f"no route table can be found for {', '.join(unrouted)}",
                "a route table that can be looked at for every subnet",
                absent_from=("route_tables",),
            )
        public = [
            (subnet, table) for subnet, table in tables.items() if table and table.internet_routes
        ]
        if public:
            routes = ", ".join(
                f"{subnet} by {table.id} ({' and '.join(sorted(table.internet_routes))})"
                for subnet, table in public
            )
            # Whoever routes by the main table does so only as far as no table of its own was found.
            proven = any(subnet in self._own for subnet, _ in public)
            yield Offender(
                arn,
                "public-subnet",
                f"routes to an internet gateway: {routes}",
                "subnets without a route to an internet gateway",
                absent_from=() if proven else ("route_tables",),
            )


def _nodes_of(
    cache: ReplicationGroup | CacheCluster, clusters: Iterable[CacheCluster]
) -> list[CacheCluster]:
    if isinstance(cache, CacheCluster):
        return [cache]
    return [cluster for cluster in clusters if cluster.replication_group_id == cache.id]


@check
def caches_encrypt_traffic(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
) -> Verdict:
    """Every cache takes encrypted connections and no others.

    Serverless caches always do. The mode `preferred` is for the time of a migration: clients that
    were forgotten go on in plain text, and nobody notices.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
    """
    caches = caches_of(replication_groups, cache_clusters, serverless_caches)
    if not caches:
        return _NO_CACHES
    expected = "encrypted connections alone"

    def faults(cache: Cache) -> Iterator[Offender]:
        if isinstance(cache, ServerlessCache):
            return
        if cache.transit_encryption == "off":
            in_group = isinstance(cache, ReplicationGroup)
            fault = "unencrypted" if in_group else "cluster-unencrypted"
            yield Offender(cache.arn, fault, "every connection is in plain text", expected)
        elif cache.transit_encryption == "preferred":
            observed = "takes connections in plain text beside encrypted ones"
            yield Offender(cache.arn, "plain-text-allowed", observed, expected)

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds="all take encrypted connections alone",
    )


@check
def caches_encrypt_what_they_store(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
) -> Verdict:
    """Every cache that writes to disk or into snapshots encrypts what it writes.

    Serverless caches always do. A Valkey or Redis cluster outside a replication group cannot.
    Memcached on nodes writes nothing.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html
    """
    caches = _keeping(replication_groups, cache_clusters, serverless_caches)
    if not caches:
        return _NOTHING_KEPT

    def faults(cache: Cache) -> Iterator[Offender]:
        expected = "encryption at rest, which only a new cache can be given"
        if isinstance(cache, CacheCluster):
            observed = "a cluster outside a replication group, which cannot encrypt"
            yield Offender(cache.arn, "cluster-unencrypted", observed, expected)
        elif isinstance(cache, ReplicationGroup) and not cache.encrypted_at_rest:
            yield Offender(cache.arn, "unencrypted", "not encrypted at rest", expected)

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds="all encrypt what they write to disk and into snapshots",
    )


@check
def caches_are_backed_up_automatically(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
    cache_snapshots: Sequence[CacheSnapshot],
    now: datetime,
    *,
    hours: int,
) -> Verdict:
    """Every cache has automatic backups on, and the newest of them is less than `hours` old.

    Snapshots that a person takes do not count: nothing takes the next one. A cache younger than
    `hours` is not due yet. Memcached on nodes has no backups.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
    """
    caches = _keeping(replication_groups, cache_clusters, serverless_caches)
    if not caches:
        return _NOTHING_KEPT
    automatic = (snapshot for snapshot in cache_snapshots if snapshot.automatic)
    newest = newest_of(snapshot_points(caches, automatic))

    def faults(cache: Cache) -> Iterator[Offender]:
        if not cache.snapshot_retention_days:
            yield Offender(
                cache.arn,
                "backups-off",
                "automatic backups are off: a retention of 0 days",
                "automatic backups kept for a day or more",
                fix=modify_command(cache, "--snapshot-retention-limit", "7"),
            )
            return
        for offender in stale(
            cache.arn, cache.created_at, newest, now, timedelta(hours=hours), ("cache_snapshots",)
        ):
            yield replace(offender, fix=events_command(cache))

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds=f"all have an automatic backup less than {hours} h old",
    )


@check
def cache_maintenance_falls_into_quiet_hours(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    *,
    quiet_hours: Sequence[str],
) -> Verdict:
    """The weekly maintenance window of every node lies within the quiet hours, from end to end.

    Both are in UTC and may run over midnight and over the end of the week; quiet hours that adjoin
    are one. AWS chooses a window where nobody did, so that one is always there; whether it is
    welcome is what is asked. Serverless caches have none.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/maintenance-window.html
    """
    caches: list[ReplicationGroup | CacheCluster] = [
        *replication_groups,
        *(cluster for cluster in cache_clusters if cluster.replication_group_id is None),
    ]
    if not caches:
        return Verdict.not_applicable("no caches with nodes in the region")
    quiet = {minute for window in quiet_hours for minute in _minutes(window)}
    expected = f"within {' or '.join(quiet_hours)} UTC"

    def faults(cache: ReplicationGroup | CacheCluster) -> Iterator[Offender]:
        windows = {node.maintenance_window for node in _nodes_of(cache, cache_clusters)} - {None}
        loud = sorted(window for window in windows if window and not _minutes(window) <= quiet)
        fix = modify_command(cache, "--preferred-maintenance-window", quiet_hours[0])
        if loud:
            observed = f"maintenance at {' and '.join(loud)} UTC"
            yield Offender(cache.arn, "outside-quiet-hours", observed, expected, fix=fix)
        if not windows:
            absent = ("cache_clusters",)
            yield Offender(cache.arn, "no-window", "no maintenance window", expected, absent, fix)

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds="the maintenance windows of all lie in the quiet hours",
    )


_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEK = 7 * 24 * 60
_WINDOW = re.compile(r"(\w{3}):(\d\d):(\d\d)-(\w{3}):(\d\d):(\d\d)")


def _minutes(window: str) -> frozenset[int]:
    """The minutes of the week in `ddd:hh:mm-ddd:hh:mm`, the last excluded.

    Raises ValueError for anything else.
    """
    parts = _WINDOW.fullmatch(window)
    if parts is None:
        message = f"not a weekly window: {window!r}"
        raise ValueError(message)
    begin, end = (
        (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)
        for day, hour, minute in (parts.groups()[:3], parts.groups()[3:])
    )
    length = (end - begin) % _WEEK or _WEEK
    return frozenset((begin + minute) % _WEEK for minute in range(length))


@check
def caches_survive_the_loss_of_a_zone(
    replication_groups: Sequence[ReplicationGroup],
    cache_clusters: Sequence[CacheCluster],
    serverless_caches: Sequence[ServerlessCache],
) -> Verdict:
    """Every cache has a replica in another zone, and a failover to it that needs nobody.

    Every shard of a group needs a replica, Multi-AZ and automatic failover; a failover that is
    being enabled counts. A serverless cache spreads over the zones of its subnets and so needs two.
    Memcached on nodes has no replicas to fail over to.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
    """
    caches = _keeping(replication_groups, cache_clusters, serverless_caches)
    if not caches:
        return _NOTHING_KEPT

    def faults(cache: Cache) -> Iterator[Offender]:
        if isinstance(cache, ServerlessCache):
            if len(cache.subnet_ids) < 2:  # noqa: PLR2004 -- one zone and another
                observed = plural(len(cache.subnet_ids), "subnet")
                yield Offender(cache.arn, "single-subnet", observed, "subnets in two zones or more")
            return
        if isinstance(cache, CacheCluster):
            observed = "a cluster outside a replication group, which has no replica"
            expected = "a replication group over two zones"
            yield Offender(cache.arn, "not-replicated", observed, expected)
            return
        if cache.fewest_nodes < 2:  # noqa: PLR2004 -- a primary and a replica
            observed, expected = "a shard without a replica", "a replica for every shard"
            yield Offender(cache.arn, "no-replica", observed, expected)
        if not cache.multi_az:
            yield Offender(cache.arn, "multi-az-off", "Multi-AZ is off", "Multi-AZ on")
        if not cache.automatic_failover:
            observed, expected = "automatic failover is off", "automatic failover on"
            yield Offender(cache.arn, "failover-off", observed, expected)

    return Verdict.of(
        "cache",
        (cache.arn for cache in caches),
        (fault for cache in caches for fault in faults(cache)),
        holds="all have a replica in another zone and fail over to it by themselves",
    )


def _keeping(
    groups: Iterable[ReplicationGroup],
    clusters: Iterable[CacheCluster],
    serverless: Iterable[ServerlessCache],
) -> list[Cache]:
    return [cache for cache in caches_of(groups, clusters, serverless) if not is_volatile(cache)]
