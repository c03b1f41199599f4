"""Amazon ElastiCache."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TransitEncryption = Literal["required", "preferred", "off"]
"""`preferred` takes encrypted connections and plain ones alike."""


@dataclass(frozen=True, slots=True)
class ReplicationGroup:
    """A primary with its replicas, in one shard or in several; what Valkey and Redis run in.

    `fewest_nodes` is the number of nodes of the shard that has the fewest. A failover that is being
    enabled counts as enabled. `created_at` is None for groups made before AWS kept it.
    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
    """

    arn: str
    id: str
    created_at: datetime | None
    member_clusters: tuple[str, ...]
    fewest_nodes: int
    transit_encryption: TransitEncryption
    encrypted_at_rest: bool
    multi_az: bool
    automatic_failover: bool
    snapshot_retention_days: int


@dataclass(frozen=True, slots=True)
class CacheCluster:
    """One node of a replication group, or with `replication_group_id` None a cluster of its own.

    `maintenance_window` is as AWS writes it, in UTC: `sun:23:00-mon:01:30`.
    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html
    """

    arn: str
    id: str
    engine: str
    created_at: datetime | None
    replication_group_id: str | None
    subnet_group: str | None
    maintenance_window: str | None
    transit_encryption: TransitEncryption
    snapshot_retention_days: int


@dataclass(frozen=True, slots=True)
class ServerlessCache:
    """A cache without nodes, which AWS always encrypts, in transit and at rest.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ServerlessCache.html
    """

    arn: str
    name: str
    created_at: datetime | None
    subnet_ids: tuple[str, ...]
    snapshot_retention_days: int


Cache = ReplicationGroup | CacheCluster | ServerlessCache


@dataclass(frozen=True, slots=True)
class CacheSubnetGroup:
    """The subnets that the nodes of a cluster may lie in.

    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheSubnetGroup.html
    """

    name: str
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CacheSnapshot:
    """A snapshot that can be restored, and the one cache by whose id or name it is known.

    That of a group without cluster mode names the member it was taken from, and not the group.
    `taken_at` is the time of the shard that was copied first.
    Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_Snapshot.html
    """

    arn: str
    taken_at: datetime
    automatic: bool
    replication_group_id: str | None = None
    cache_cluster_id: str | None = None
    serverless_cache_name: str | None = None
