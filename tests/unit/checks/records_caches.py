"""Records of caches and of the network that they live in, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from example_caches import (
    GROUP,
    MAIN,
    MEMCACHED,
    NODES,
    PRIVATE,
    SERVERLESS,
    SINGLE,
    SUBNETS,
    node,
)
from records import NOW

from compliance.facts.caches import CacheSnapshot, CacheSubnetGroup
from compliance.facts.network import RouteTable, Subnet


def _hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


_LOOSE = replace(
    GROUP,
    arn=f"{GROUP.arn}-loose",
    id="loose",
    member_clusters=("loose-001",),
    fewest_nodes=1,
    transit_encryption="preferred",
    encrypted_at_rest=False,
    multi_az=False,
    automatic_failover=False,
)
_OFF = replace(
    GROUP,
    arn=f"{GROUP.arn}-off",
    id="off",
    created_at=None,
    member_clusters=("off-001",),
    transit_encryption="off",
    snapshot_retention_days=0,
)

POOL: Mapping[str, Sequence[Any]] = {
    "replication_groups": [GROUP, _LOOSE, _OFF],
    "cache_clusters": [
        *NODES,
        node("loose-001", "loose", subnet_group="public", window="tue:14:00-tue:15:00"),
        node("loose-002", "loose", subnet_group="mixed"),
        node("off-001", "off", subnet_group="gone", window=None),
        MEMCACHED,
        replace(SINGLE, subnet_group=None, transit_encryption="off"),
    ],
    "serverless_caches": [
        SERVERLESS,
        replace(SERVERLESS, arn=f"{SERVERLESS.arn}-2", name="rates-2", subnet_ids=("subnet-5",)),
        replace(SERVERLESS, arn=f"{SERVERLESS.arn}-3", name="rates-3", subnet_ids=("subnet-6",)),
    ],
    "cache_subnet_groups": [
        PRIVATE,
        CacheSubnetGroup("public", ("subnet-3", "subnet-9")),
        CacheSubnetGroup("mixed", ("subnet-1", "subnet-4")),
    ],
    "subnets": [*SUBNETS, Subnet("subnet-5", "vpc-2"), Subnet("subnet-6", "vpc-3")],
    "route_tables": [
        MAIN,
        RouteTable("rtb-own", "vpc-1", main=False, subnet_ids=("subnet-1",), internet_routes=()),
        RouteTable(
            "rtb-open",
            "vpc-1",
            main=False,
            subnet_ids=("subnet-3", "subnet-4"),
            internet_routes=("0.0.0.0/0", "::/0"),
        ),
        RouteTable("rtb-other", "vpc-2", True, (), ("0.0.0.0/0",)),  # noqa: FBT003 -- a record in its own order
        RouteTable("rtb-closed", "vpc-2", False, ("subnet-5",), ()),  # noqa: FBT003 -- a record in its own order
    ],
    "cache_snapshots": [
        CacheSnapshot("arn:s1", _hours_ago(9), automatic=True, cache_cluster_id="sessions-002"),
        CacheSnapshot("arn:s2", _hours_ago(33), automatic=True, cache_cluster_id="sessions-002"),
        CacheSnapshot("arn:s3", _hours_ago(60), automatic=True, replication_group_id="loose"),
        CacheSnapshot("arn:s4", _hours_ago(1), automatic=False, replication_group_id="loose"),
        CacheSnapshot("arn:s5", _hours_ago(9), automatic=True, serverless_cache_name="rates"),
        CacheSnapshot("arn:s6", _hours_ago(99), automatic=True, cache_cluster_id="queue"),
    ],
}
RESOURCE_OF: Mapping[str, Any] = {}
