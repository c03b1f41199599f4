"""Caches as their users know them, whatever AWS makes them of."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from compliance.facts.caches import (
    Cache,
    CacheCluster,
    CacheSnapshot,
    ReplicationGroup,
    ServerlessCache,
)
from compliance.model import name_of
from compliance.restorable import Point

__all__ = [
    "caches_of",
    "events_command",
    "is_volatile",
    "modify_command",
    "snapshot_command",
    "snapshot_points",
]

_KINDS = {
    ReplicationGroup: ("replication-group", "--replication-group-id"),
    CacheCluster: ("cache-cluster", "--cache-cluster-id"),
    ServerlessCache: ("serverless-cache", "--serverless-cache-name"),
}


def caches_of(
    groups: Iterable[ReplicationGroup],
    clusters: Iterable[CacheCluster],
    serverless: Iterable[ServerlessCache],
) -> list[Cache]:
    """Each cache once: the members of a replication group are no caches of their own."""
    alone = (cluster for cluster in clusters if cluster.replication_group_id is None)
    return [*groups, *alone, *serverless]


def is_volatile(cache: Cache) -> bool:
    """Whether its engine neither writes to disk nor copies itself: Memcached on nodes.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SelectEngine.html
    """
    return isinstance(cache, CacheCluster) and cache.engine == "memcached"


def snapshot_points(caches: Iterable[Cache], snapshots: Iterable[CacheSnapshot]) -> Iterator[Point]:
    """Every snapshot as a point that one of the caches can be restored to.

    Those of a group without cluster mode are known by the member that they were taken from.
    """
    groups: dict[str | None, str] = {}
    clusters: dict[str | None, str] = {}
    serverless: dict[str | None, str] = {}
    for cache in caches:
        if isinstance(cache, ReplicationGroup):
            groups[cache.id] = cache.arn
            clusters.update(dict.fromkeys(cache.member_clusters, cache.arn))
        elif isinstance(cache, CacheCluster):
            clusters[cache.id] = cache.arn
        else:
            serverless[cache.name] = cache.arn
    for snapshot in snapshots:
        arn = (
            groups.get(snapshot.replication_group_id)
            or clusters.get(snapshot.cache_cluster_id)
            or serverless.get(snapshot.serverless_cache_name)
        )
        if arn:
            yield arn, snapshot.taken_at


def modify_command(cache: Cache, *options: str) -> str:
    """The AWS command that changes one cache, quoted for a shell."""
    kind, option = _KINDS[type(cache)]
    name, region = _place(cache)
    words = ["aws", "elasticache", f"modify-{kind}", option, name, *options, "--region", region]
    return shlex.join(words)


def events_command(cache: Cache) -> str:
    """The AWS command that tells what happened to one cache in the last two days."""
    kind, _ = _KINDS[type(cache)]
    name, region = _place(cache)
    source = ["--source-type", kind, "--source-identifier", name, "--duration", "2880"]
    return shlex.join(["aws", "elasticache", "describe-events", *source, "--region", region])


def snapshot_command(cache: Cache) -> str:
    """The AWS command that takes a snapshot of one cache, named after it and the time."""
    _, option = _KINDS[type(cache)]
    name, region = _place(cache)
    of = "serverless-cache-" if isinstance(cache, ServerlessCache) else ""
    words = ["aws", "elasticache", f"create-{of}snapshot", option, name, "--region", region]
    return f"{shlex.join(words)} --{of}snapshot-name {shlex.quote(name)}-$(date -u +%Y%m%d-%H%M%S)"


def _place(cache: Cache) -> tuple[str, str]:
    return name_of(cache.arn), cache.arn.split(":")[3]
