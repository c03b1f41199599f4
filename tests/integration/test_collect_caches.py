"""Caches and their network as AWS describes them: odd shapes, pages, and what is not in use.

Moto has neither serverless caches nor members of groups, its groups are `available` at once, and
its routes never lose their gateway: such answers are stubbed, and checked against AWS's models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.stub import Stubber
from evaluating import Evaluate, faults

from compliance.collectors.caches import (
    cache_clusters,
    cache_snapshots,
    cache_subnet_groups,
    replication_groups,
    serverless_caches,
)
from compliance.collectors.network import route_tables, subnets
from compliance.facts.caches import CacheSubnetGroup, ReplicationGroup
from compliance.facts.network import RouteTable, Subnet
from compliance.model import Status
from compliance.registry import Read
from simulated_account import SimulatedAccount

REGION = "us-east-1"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ELASTICACHE = (
    "elasticache.automatic-backups",
    "elasticache.maintenance-window",
    "elasticache.multi-az",
    "elasticache.private-subnet",
    "elasticache.rest-encryption",
    "elasticache.transit-encryption",
)


class Stubbed:
    """A reader of stubbed answers, of which botocore checks the shape."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        self._answers = answers

    def pages(self, read: Read, **parameters: object) -> Iterator[dict[str, Any]]:
        client = boto3.client(
            read.service,  # type: ignore[call-overload]  # typed by literal names
            region_name=REGION,
            aws_access_key_id="stubbed",
            aws_secret_access_key="stubbed",  # noqa: S106 -- nothing secret
        )
        with Stubber(client) as stubber:
            stubber.add_response(xform_name(read.operation), self._answers.get(read.operation, {}))
            yield from client.get_paginator(xform_name(read.operation)).paginate(**parameters)


def collected(collect: Callable[..., Iterator[Any]], **answers: dict[str, Any]) -> list[Any]:
    return list(collect(Stubbed(answers)))


def group(**changes: Any) -> dict[str, Any]:
    return {
        "ReplicationGroupId": "sessions",
        "Status": "available",
        "ARN": "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:sessions",
        "MemberClusters": ["sessions-001", "sessions-002"],
        **changes,
    }


def one_group(**changes: Any) -> ReplicationGroup:
    [record] = collected(
        replication_groups, DescribeReplicationGroups={"ReplicationGroups": [group(**changes)]}
    )
    assert isinstance(record, ReplicationGroup)
    return record


# Groups


def test_what_a_group_does_not_say_is_off() -> None:
    bare = one_group()
    assert bare.transit_encryption == "off"
    assert not bare.encrypted_at_rest
    assert not bare.multi_az
    assert not bare.automatic_failover
    assert (bare.snapshot_retention_days, bare.created_at) == (0, None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"TransitEncryptionEnabled": True}, "required"),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}, "required"),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}, "preferred"),
        ({"TransitEncryptionEnabled": False}, "off"),
    ],
)
def test_the_mode_of_encryption_counts_only_where_there_is_any(
    said: dict[str, Any], expected: str
) -> None:
    assert one_group(**said).transit_encryption == expected


@pytest.mark.parametrize(
    ("status", "on"),
    [("enabled", True), ("enabling", True), ("disabling", False), ("disabled", False)],
)
def test_a_failover_that_is_being_enabled_counts(status: str, *, on: bool) -> None:
    assert one_group(AutomaticFailover=status).automatic_failover is on


def test_the_shard_with_the_fewest_nodes_counts() -> None:
    shards = [{"NodeGroupMembers": [{}] * count} for count in (3, 1, 2)]
    assert one_group(NodeGroups=shards).fewest_nodes == 1
    assert one_group().fewest_nodes == 2


@pytest.mark.parametrize("status", ["creating", "deleting", "create-failed"])
def test_a_group_that_is_not_in_use_is_left_out(status: str) -> None:
    answer = {"ReplicationGroups": [group(Status=status)]}
    assert collected(replication_groups, DescribeReplicationGroups=answer) == []


@pytest.mark.parametrize("status", ["modifying", "snapshotting"])
def test_a_group_that_is_worked_on_is_in_use(status: str) -> None:
    assert one_group(Status=status).id == "sessions"


# Clusters, serverless caches, subnet groups


def test_clusters_that_are_not_in_use_are_left_out_and_what_they_do_not_say_is_none() -> None:
    listed = [
        {"CacheClusterId": name, "CacheClusterStatus": name, "ARN": "arn:c", "Engine": "memcached"}
        for name in ("creating", "available", "deleting", "deleted", "restore-failed")
    ]
    [cluster] = collected(cache_clusters, DescribeCacheClusters={"CacheClusters": listed})
    assert cluster.id == "available"
    assert cluster.replication_group_id is None
    assert cluster.subnet_group is None
    assert cluster.maintenance_window is None


def test_a_serverless_cache_is_in_use_however_its_status_is_written() -> None:
    listed = [
        {"ServerlessCacheName": status, "Status": status, "ARN": "arn:s"}
        for status in (
            "CREATING",
            "creating",
            "DELETING",
            "CREATE-FAILED",
            "AVAILABLE",
            "modifying",
        )
    ]
    found = collected(serverless_caches, DescribeServerlessCaches={"ServerlessCaches": listed})
    assert [cache.name for cache in found] == ["AVAILABLE", "modifying"]
    assert found[0].subnet_ids == ()


def test_a_subnet_group_gives_its_subnets() -> None:
    answer = {
        "CacheSubnetGroups": [
            {"CacheSubnetGroupName": "private", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}
        ]
    }
    found = collected(cache_subnet_groups, DescribeCacheSubnetGroups=answer)
    assert found == [CacheSubnetGroup("private", ("subnet-1",))]


# Snapshots


def snapshots_of(*listed: dict[str, Any], serverless: bool = False) -> list[Any]:
    key = "ServerlessCacheSnapshots" if serverless else "Snapshots"
    other = "Snapshots" if serverless else "ServerlessCacheSnapshots"
    answers = {f"Describe{key.replace('Caches', 'Cache')}": {key: list(listed)}}
    empty = {f"Describe{other}": {other: []}}
    return collected(cache_snapshots, **answers, **empty)


def snapshot(**changes: Any) -> dict[str, Any]:
    return {
        "ARN": "arn:snapshot",
        "SnapshotStatus": "available",
        "SnapshotSource": "automated",
        "CacheClusterId": "sessions-002",
        "NodeSnapshots": [{"SnapshotCreateTime": NOW}],
        **changes,
    }


def test_a_snapshot_is_as_old_as_the_shard_that_was_copied_first() -> None:
    shards = [{"SnapshotCreateTime": NOW - timedelta(minutes=each)} for each in (1, 9, 5)]
    [found] = snapshots_of(snapshot(NodeSnapshots=shards))
    assert found.taken_at == NOW - timedelta(minutes=9)


def test_a_snapshot_without_any_time_is_none() -> None:
    assert snapshots_of(snapshot(NodeSnapshots=[])) == []
    assert snapshots_of(snapshot(NodeSnapshots=[{"CacheNodeId": "0001"}])) == []


@pytest.mark.parametrize(
    ("status", "count"),
    [("available", 1), ("restoring", 1), ("creating", 0), ("copying", 0), ("deleting", 0)],
)
def test_only_a_snapshot_that_is_complete_can_be_restored(status: str, count: int) -> None:
    assert len(snapshots_of(snapshot(SnapshotStatus=status))) == count


@pytest.mark.parametrize(
    ("source", "automatic"), [("automated", True), ("system", True), ("manual", False)]
)
def test_who_took_a_snapshot_is_known(source: str, *, automatic: bool) -> None:
    [found] = snapshots_of(snapshot(SnapshotSource=source))
    assert found.automatic is automatic


def test_a_snapshot_that_does_not_say_who_took_it_is_not_automatic() -> None:
    listed = snapshot()
    del listed["SnapshotSource"]
    [found] = snapshots_of(listed)
    assert not found.automatic


def test_a_serverless_snapshot_names_the_cache_it_was_taken_of() -> None:
    listed = {
        "ARN": "arn:s",
        "Status": "AVAILABLE",
        "SnapshotType": "automated",
        "CreateTime": NOW,
        "ServerlessCacheConfiguration": {"ServerlessCacheName": "rates"},
    }
    [found] = snapshots_of(listed, {**listed, "Status": "creating"}, serverless=True)
    assert (found.serverless_cache_name, found.taken_at, found.automatic) == ("rates", NOW, True)


# The network


def table(*routes: dict[str, Any], associations: Any = ()) -> RouteTable:
    described = {
        "RouteTableId": "rtb-1",
        "VpcId": "vpc-1",
        "Routes": list(routes),
        "Associations": list(associations),
    }
    [found] = collected(route_tables, DescribeRouteTables={"RouteTables": [described]})
    assert isinstance(found, RouteTable)
    return found


ANY = {"DestinationCidrBlock": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("route", "destinations"),
    [
        ({**ANY, "GatewayId": "igw-1", "State": "active"}, ("0.0.0.0/0",)),
        ({"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}, ("::/0",)),
        ({"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"}, ("pl-1",)),
        ({"DestinationCidrBlock": "198.51.100.0/24", "GatewayId": "igw-1"}, ("198.51.100.0/24",)),
        ({**ANY, "GatewayId": "igw-1", "State": "blackhole"}, ()),
        ({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}, ()),
        ({**ANY, "NatGatewayId": "nat-1"}, ()),
        ({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, ()),
        ({**ANY, "GatewayId": "vgw-1"}, ()),
        ({**ANY, "TransitGatewayId": "tgw-1"}, ()),
    ],
)
def test_only_a_route_to_an_internet_gateway_that_is_there_leads_to_the_internet(
    route: dict[str, str], destinations: tuple[str, ...]
) -> None:
    assert table(route).internet_routes == destinations


def test_associations_say_whose_table_it_is_unless_they_have_ended() -> None:
    found = table(
        associations=[
            {"Main": True},
            {"SubnetId": "subnet-1", "AssociationState": {"State": "associated"}},
            {"SubnetId": "subnet-2", "AssociationState": {"State": "disassociated"}},
            {"SubnetId": "subnet-3", "AssociationState": {"State": "failed"}},
            {"GatewayId": "igw-1", "AssociationState": {"State": "associated"}},
        ]
    )
    assert (found.main, found.subnet_ids) == (True, ("subnet-1",))
    assert not table(associations=[{"GatewayId": "igw-1"}]).main


def test_a_subnet_knows_its_vpc() -> None:
    answer = {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "a"}]}
    assert collected(subnets, DescribeSubnets=answer) == [Subnet("subnet-1", "vpc-1", "a")]


# All of it together, on an account


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as account:
        yield account


def test_an_account_without_caches_has_nothing_to_judge(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    items = (*ELASTICACHE, "disaster-recovery.rpo")
    results = evaluated(account, *items).results.values()
    assert {result.status for result in results} == {Status.NOT_APPLICABLE}


def test_a_cache_in_the_default_subnets_of_a_vpc_with_a_gateway_is_found(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    """The default VPC's main table leads to the internet, which moto's does not: it is given to."""
    ec2, elasticache = account.client("ec2"), account.client("elasticache")
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    [main] = ec2.describe_route_tables()["RouteTables"]
    ec2.create_route(
        RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="default",
        CacheSubnetGroupDescription="default",
        SubnetIds=[subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]],
    )
    elasticache.create_replication_group(
        ReplicationGroupId="sessions",
        ReplicationGroupDescription="sessions",
        CacheSubnetGroupName="default",
    )
    arn = "arn:aws:elasticache:us-east-1:210987654321:replicationgroup:sessions"
    item = "elasticache.private-subnet"
    assert faults(evaluated(account, item)) == {(item, arn, "public-subnet")}


def test_a_bare_cluster_offends_wherever_it_can(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    account.client("elasticache").create_cache_cluster(
        CacheClusterId="queue",
        Engine="redis",
        CacheNodeType="cache.t4g.small",
        PreferredMaintenanceWindow="sun:23:00-mon:01:30",
    )
    arn = "arn:aws:elasticache:us-east-1:210987654321:cluster:queue"
    assert faults(evaluated(account, *ELASTICACHE)) == {
        ("elasticache.automatic-backups", arn, "backups-off"),
        ("elasticache.maintenance-window", arn, "outside-quiet-hours"),
        ("elasticache.multi-az", arn, "not-replicated"),
        ("elasticache.private-subnet", arn, "subnets-unknown"),
        ("elasticache.rest-encryption", arn, "cluster-unencrypted"),
        ("elasticache.transit-encryption", arn, "cluster-unencrypted"),
    }


def test_the_rpo_is_met_by_a_snapshot_by_hand_and_automatic_backups_are_not(
    account: SimulatedAccount, evaluated: Evaluate
) -> None:
    elasticache = account.client("elasticache")
    elasticache.create_replication_group(
        ReplicationGroupId="sessions",
        ReplicationGroupDescription="sessions",
        SnapshotRetentionLimit=7,
    )
    now = datetime.now(UTC)
    account.data.elasticache.date_group(REGION, "sessions", now - timedelta(days=90))
    account.data.elasticache.add_automatic_snapshot(
        REGION, "sessions-001", now - timedelta(hours=49)
    )
    arn = "arn:aws:elasticache:us-east-1:210987654321:replicationgroup:sessions"
    backups, rpo = "elasticache.automatic-backups", "disaster-recovery.rpo"
    before = faults(evaluated(account, backups, rpo))
    elasticache.create_snapshot(SnapshotName="by-hand", ReplicationGroupId="sessions")
    after = faults(evaluated(account, backups, rpo))
    assert before == {(backups, arn, "too-old"), (rpo, arn, "too-old")}
    assert after == {(backups, arn, "too-old")}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "DescribeRouteTables"),
        ("elasticache", "DescribeCacheClusters"),
        ("elasticache", "DescribeCacheSubnetGroups"),
    ],
)
def test_a_network_that_could_not_be_seen_is_neither_private_nor_public(
    production: SimulatedAccount, evaluated: Evaluate, service: str, operation: str
) -> None:
    """Nothing is claimed of what was not seen: no public subnet by a main table, none missing."""
    item = "elasticache.private-subnet"
    production.fail(service, operation, "UnauthorizedOperation")
    try:
        result = evaluated(production, item).results[item]
    finally:
        production.heal()
    assert (result.status, result.offenders) == (Status.UNKNOWN, ())
    assert f"{service}:{operation}" in str(result.reason)
