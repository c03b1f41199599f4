"""ElastiCache, and the network that it lives in.

Shards of sessions and of routes are cached in groups, prices without nodes, and what can be
computed again in Memcached. The group of the dashboards is a trial that nobody finished.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import REGION, Fault, arn

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

SESSIONS = "omnitrack-session-cache"
ROUTES = "omnitrack-route-cache"
DASHBOARDS = "omnitrack-dashboard-cache"
PRICES = "omnitrack-rate-cache"
RESULTS = "omnitrack-result-cache"

_AGE = timedelta(days=180)
_QUIET_WINDOW = "sun:03:00-sun:05:00"
_PRIVATE, _PUBLIC = "omnitrack-cache-private", "omnitrack-cache-trial"


def _group(name: str) -> str:
    return arn("elasticache", f"replicationgroup:{name}")


FAULTS: frozenset[Fault] = frozenset(
    {
        ("elasticache.private-subnet", _group(DASHBOARDS), "public-subnet"),
        ("elasticache.transit-encryption", _group(ROUTES), "plain-text-allowed"),
        ("elasticache.maintenance-window", _group(DASHBOARDS), "outside-quiet-hours"),
        ("elasticache.multi-az", _group(DASHBOARDS), "multi-az-off"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    private, public = _seed_network(account)
    elasticache, data = account.client("elasticache"), account.data.elasticache
    for name, subnets in ((_PRIVATE, private), (_PUBLIC, public)):
        elasticache.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription=name, SubnetIds=subnets
        )
    _seed_group(account, SESSIONS, now, ReplicasPerNodeGroup=1)
    _seed_group(
        account,
        ROUTES,
        now,
        ClusterMode="enabled",
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
        TransitEncryptionMode="preferred",
    )
    _seed_group(
        account,
        DASHBOARDS,
        now,
        ReplicasPerNodeGroup=1,
        MultiAZEnabled=False,
        CacheSubnetGroupName=_PUBLIC,
        PreferredMaintenanceWindow="tue:14:00-tue:15:00",
    )
    for hours in (9, 33):
        taken = now - timedelta(hours=hours)
        data.add_automatic_snapshot(REGION, f"{SESSIONS}-002", taken)
        data.add_automatic_snapshot(
            REGION, f"{ROUTES}-0001-002", taken, taken + timedelta(minutes=4), group=ROUTES
        )
        data.add_automatic_snapshot(REGION, f"{DASHBOARDS}-002", taken)
        data.add_serverless_snapshot(REGION, PRICES, taken)
    elasticache.create_serverless_cache(
        ServerlessCacheName=PRICES, Engine="valkey", SubnetIds=private, SnapshotRetentionLimit=7
    )
    data.date_serverless_cache(REGION, PRICES, now - _AGE)
    elasticache.create_cache_cluster(
        CacheClusterId=RESULTS,
        Engine="memcached",
        NumCacheNodes=2,
        CacheNodeType="cache.t4g.small",
        CacheSubnetGroupName=_PRIVATE,
        PreferredMaintenanceWindow=_QUIET_WINDOW,
        TransitEncryptionEnabled=True,
    )
    data.date_cluster(REGION, RESULTS, now - _AGE)


def _seed_group(account: SimulatedAccount, name: str, now: datetime, **settings: Any) -> None:
    account.client("elasticache").create_replication_group(
        **{
            "ReplicationGroupId": name,
            "ReplicationGroupDescription": name,
            "Engine": "valkey",
            "CacheNodeType": "cache.t4g.small",
            "CacheSubnetGroupName": _PRIVATE,
            "PreferredMaintenanceWindow": _QUIET_WINDOW,
            "AtRestEncryptionEnabled": True,
            "TransitEncryptionEnabled": True,
            "AutomaticFailoverEnabled": True,
            "MultiAZEnabled": True,
            "SnapshotRetentionLimit": 7,
            **settings,
        }
    )
    account.data.elasticache.date_group(REGION, name, now - _AGE)


def _seed_network(account: SimulatedAccount) -> tuple[list[str], list[str]]:
    """Two private subnets that route by the main table, two that an internet gateway serves."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("abab")
    ]
    private, public = subnets[:2], subnets[2:]
    for subnet in public:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return private, public
