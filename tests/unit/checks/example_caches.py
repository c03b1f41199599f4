"""A cache of each kind, with nothing wrong, in a network with two private subnets."""

from __future__ import annotations

from datetime import timedelta

from records import NOW

from compliance.facts.caches import (
    CacheCluster,
    CacheSubnetGroup,
    ReplicationGroup,
    ServerlessCache,
)
from compliance.facts.network import RouteTable, Subnet

_ARN = "arn:aws:elasticache:us-east-1:123456789012"
_LONG_AGO = NOW - timedelta(days=90)

GROUP = ReplicationGroup(
    arn=f"{_ARN}:replicationgroup:sessions",
    id="sessions",
    created_at=_LONG_AGO,
    member_clusters=("sessions-001", "sessions-002"),
    fewest_nodes=2,
    transit_encryption="required",
    encrypted_at_rest=True,
    multi_az=True,
    automatic_failover=True,
    snapshot_retention_days=7,
)


def node(
    id_: str,
    group: str | None = None,
    *,
    engine: str = "valkey",
    subnet_group: str | None = "private",
    window: str | None = "sun:03:00-sun:05:00",
) -> CacheCluster:
    """A node of a group, or a cluster of its own."""
    return CacheCluster(
        arn=f"{_ARN}:cluster:{id_}",
        id=id_,
        engine=engine,
        created_at=_LONG_AGO,
        replication_group_id=group,
        subnet_group=subnet_group,
        maintenance_window=window,
        transit_encryption="required",
        snapshot_retention_days=7,
    )


NODES = (node("sessions-001", "sessions"), node("sessions-002", "sessions"))
MEMCACHED = node("results", engine="memcached")
SINGLE = node("queue", engine="redis")
SERVERLESS = ServerlessCache(
    f"{_ARN}:serverlesscache:rates", "rates", _LONG_AGO, ("subnet-1", "subnet-2"), 7
)
PRIVATE = CacheSubnetGroup("private", ("subnet-1", "subnet-2"))
SUBNETS = tuple(Subnet(f"subnet-{n}", "vpc-1", f"us-east-1{n % 2}") for n in range(1, 5))
MAIN = RouteTable("rtb-main", "vpc-1", True, (), ())  # noqa: FBT003 -- a record in its own order
