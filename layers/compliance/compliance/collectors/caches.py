"""Amazon ElastiCache: groups, clusters, serverless caches and their snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.caches import (
    CacheCluster,
    CacheSnapshot,
    CacheSubnetGroup,
    ReplicationGroup,
    ServerlessCache,
    TransitEncryption,
)
from compliance.registry import Read, collector

DESCRIBE_GROUPS = Read("elasticache", "DescribeReplicationGroups")
DESCRIBE_CLUSTERS = Read("elasticache", "DescribeCacheClusters")
DESCRIBE_SERVERLESS = Read("elasticache", "DescribeServerlessCaches")
DESCRIBE_SUBNET_GROUPS = Read("elasticache", "DescribeCacheSubnetGroups")
DESCRIBE_SNAPSHOTS = Read("elasticache", "DescribeSnapshots")
DESCRIBE_SERVERLESS_SNAPSHOTS = Read("elasticache", "DescribeServerlessCacheSnapshots")

_OUT_OF_USE = frozenset({"creating", "create-failed", "restore-failed", "deleting", "deleted"})
_RESTORABLE = frozenset({"available", "restoring"})
_TAKEN_BY_HAND = frozenset({"manual", "user"})


@collector(DESCRIBE_GROUPS)
def replication_groups(reader: Reader) -> Iterator[ReplicationGroup]:
    """Every replication group in the region that is in use, members of global datastores too."""
    for page in reader.pages(DESCRIBE_GROUPS):
        for group in page["ReplicationGroups"]:
            if not _in_use(group["Status"]):
                continue
            shards = [shard.get("NodeGroupMembers", ()) for shard in group.get("NodeGroups", ())]
            members = tuple(group.get("MemberClusters", ()))
            yield ReplicationGroup(
                arn=group["ARN"],
                id=group["ReplicationGroupId"],
                created_at=group.get("ReplicationGroupCreateTime"),
                member_clusters=members,
                fewest_nodes=min(map(len, shards), default=len(members)),
                transit_encryption=_transit_encryption(group),
                encrypted_at_rest=group.get("AtRestEncryptionEnabled", False),
                multi_az=group.get("MultiAZ") == "enabled",
                automatic_failover=group.get("AutomaticFailover") in {"enabled", "enabling"},
                snapshot_retention_days=group.get("SnapshotRetentionLimit", 0),
            )


@collector(DESCRIBE_CLUSTERS)
def cache_clusters(reader: Reader) -> Iterator[CacheCluster]:
    """Every cluster in the region that is in use, of every engine, in a group or not."""
    for page in reader.pages(DESCRIBE_CLUSTERS):
        for cluster in page["CacheClusters"]:
            if not _in_use(cluster["CacheClusterStatus"]):
                continue
            yield CacheCluster(
                arn=cluster["ARN"],
                id=cluster["CacheClusterId"],
                engine=cluster["Engine"],
                created_at=cluster.get("CacheClusterCreateTime"),
                replication_group_id=cluster.get("ReplicationGroupId") or None,
                subnet_group=cluster.get("CacheSubnetGroupName") or None,
                maintenance_window=cluster.get("PreferredMaintenanceWindow") or None,
                transit_encryption=_transit_encryption(cluster),
                snapshot_retention_days=cluster.get("SnapshotRetentionLimit", 0),
            )


@collector(DESCRIBE_SERVERLESS)
def serverless_caches(reader: Reader) -> Iterator[ServerlessCache]:
    """Every serverless cache in the region that is in use."""
    for page in reader.pages(DESCRIBE_SERVERLESS):
        for cache in page["ServerlessCaches"]:
            if _in_use(cache["Status"]):
                yield ServerlessCache(
                    arn=cache["ARN"],
                    name=cache["ServerlessCacheName"],
                    created_at=cache.get("CreateTime"),
                    subnet_ids=tuple(cache.get("SubnetIds", ())),
                    snapshot_retention_days=cache.get("SnapshotRetentionLimit", 0),
                )


@collector(DESCRIBE_SUBNET_GROUPS)
def cache_subnet_groups(reader: Reader) -> Iterator[CacheSubnetGroup]:
    """Every subnet group in the region, used or not."""
    for page in reader.pages(DESCRIBE_SUBNET_GROUPS):
        for group in page["CacheSubnetGroups"]:
            yield CacheSubnetGroup(
                group["CacheSubnetGroupName"],
                tuple(subnet["SubnetIdentifier"] for subnet in group.get("Subnets", ())),
            )


@collector(DESCRIBE_SNAPSHOTS, DESCRIBE_SERVERLESS_SNAPSHOTS)
def cache_snapshots(reader: Reader) -> Iterator[CacheSnapshot]:
    """Every snapshot in the region that can be restored now, whoever took it."""
    for page in reader.pages(DESCRIBE_SNAPSHOTS):
        for snapshot in page["Snapshots"]:
            taken = [
                shard["SnapshotCreateTime"]
                for shard in snapshot.get("NodeSnapshots", ())
                if shard.get("SnapshotCreateTime")
            ]
            if snapshot["SnapshotStatus"] in _RESTORABLE and taken:
                yield CacheSnapshot(
                    arn=snapshot["ARN"],
                    taken_at=min(taken),
                    automatic=_automatic(snapshot.get("SnapshotSource")),
                    replication_group_id=snapshot.get("ReplicationGroupId"),
                    cache_cluster_id=snapshot.get("CacheClusterId"),
                )
    for page in reader.pages(DESCRIBE_SERVERLESS_SNAPSHOTS):
        for snapshot in page["ServerlessCacheSnapshots"]:
            if snapshot["Status"].lower() in _RESTORABLE and snapshot.get("CreateTime"):
                yield CacheSnapshot(
                    arn=snapshot["ARN"],
                    taken_at=snapshot["CreateTime"],
                    automatic=_automatic(snapshot.get("SnapshotType")),
                    serverless_cache_name=snapshot.get("ServerlessCacheConfiguration", {}).get(
                        "ServerlessCacheName"
                    ),
                )


def _in_use(status: str) -> bool:
    """Documented in capitals for serverless caches, and answered in small letters."""
    return status.lower() not in _OUT_OF_USE


def _transit_encryption(described: dict[str, Any]) -> TransitEncryption:
    """Clusters made before there were modes name none: they refuse what is not encrypted."""
    if not described.get("TransitEncryptionEnabled"):
        return "off"
    return "preferred" if described.get("TransitEncryptionMode") == "preferred" else "required"


def _automatic(source: str | None) -> bool:
    """AWS says `automated` in its answers and `system` in its filters."""
    return bool(source) and source not in _TAKEN_BY_HAND
