"""Caches: who can reach them, who can read along, what survives, and when AWS works on them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore import xform_name
from botocore.session import get_session
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

from compliance.checks.elasticache import (
    cache_maintenance_falls_into_quiet_hours,
    caches_are_backed_up_automatically,
    caches_encrypt_traffic,
    caches_encrypt_what_they_store,
    caches_sit_in_private_subnets,
    caches_survive_the_loss_of_a_zone,
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
from compliance.model import Verdict

OPEN = RouteTable("rtb-open", "vpc-1", False, ("subnet-2",), ("0.0.0.0/0",))  # noqa: FBT003 -- a record in its own order


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def snapshot(hours: float, *, automatic: bool = True, **of: str) -> CacheSnapshot:
    return CacheSnapshot("arn:s", NOW - timedelta(hours=hours), automatic, **of)


# Private subnets


def in_network(
    *tables: RouteTable,
    groups: Sequence[ReplicationGroup] = (GROUP,),
    nodes: Sequence[CacheCluster] = NODES,
    serverless: Sequence[ServerlessCache] = (),
    subnet_groups: Sequence[CacheSubnetGroup] = (PRIVATE,),
    subnets: Sequence[Subnet] = SUBNETS,
) -> Verdict:
    return caches_sit_in_private_subnets(groups, nodes, serverless, subnet_groups, subnets, tables)


def test_caches_whose_subnets_route_nowhere_outside_hold() -> None:
    verdict = in_network(MAIN, nodes=[*NODES, SINGLE, MEMCACHED], serverless=[SERVERLESS])
    assert verdict.evaluated == (GROUP.arn, SINGLE.arn, MEMCACHED.arn, SERVERLESS.arn)
    assert verdict.offenders == ()


def test_one_public_subnet_of_the_group_is_enough_and_tells_once() -> None:
    [offender] = in_network(MAIN, OPEN).offenders
    assert offender.key == (GROUP.arn, "public-subnet")
    assert offender.observed == "routes to an internet gateway: subnet-2 by rtb-open (0.0.0.0/0)"
    assert offender.absent_from == ()


def test_a_subnet_without_a_table_of_its_own_routes_by_the_main_one_of_its_vpc() -> None:
    main = replace(MAIN, internet_routes=("::/0",))
    [offender] = in_network(main).offenders
    assert offender.key == (GROUP.arn, "public-subnet")
    assert offender.absent_from == ("route_tables",)


def test_the_main_table_of_another_vpc_says_nothing() -> None:
    other = replace(MAIN, id="rtb-x", vpc_id="vpc-2", internet_routes=("0.0.0.0/0",))
    assert in_network(MAIN, other).offenders == ()


def test_a_table_of_its_own_shields_a_subnet_from_the_main_one() -> None:
    main = replace(MAIN, internet_routes=("0.0.0.0/0",))
    own = RouteTable("rtb-own", "vpc-1", False, ("subnet-1", "subnet-2"), ())  # noqa: FBT003 -- a record in its own order
    assert in_network(main, own).offenders == ()


def test_a_serverless_cache_names_its_subnets_itself() -> None:
    verdict = in_network(MAIN, OPEN, groups=(), nodes=(), serverless=[SERVERLESS])
    assert keys(verdict) == [(SERVERLESS.arn, "public-subnet")]


def test_a_subnet_that_no_longer_exists_is_passed_over() -> None:
    group = CacheSubnetGroup("private", ("subnet-1", "subnet-gone"))
    assert in_network(MAIN, subnet_groups=[group]).offenders == ()


@pytest.mark.parametrize(
    ("nodes", "groups"),
    [
        ([node("sessions-001", "sessions", subnet_group=None)], [PRIVATE]),
        (NODES, []),
        (NODES, [CacheSubnetGroup("private", ("subnet-gone",))]),
        ([], [PRIVATE]),
    ],
    ids=["no subnet group", "subnet group gone", "subnets gone", "no node"],
)
def test_a_cache_that_lies_nobody_knows_where_is_not_trusted(
    nodes: Sequence[CacheCluster], groups: Sequence[CacheSubnetGroup]
) -> None:
    [offender] = in_network(MAIN, nodes=nodes, subnet_groups=groups).offenders
    assert offender.key == (GROUP.arn, "subnets-unknown")
    assert offender.absent_from == ("cache_clusters", "cache_subnet_groups", "subnets")


def test_a_subnet_whose_routes_nobody_can_see_is_not_trusted() -> None:
    [offender] = in_network().offenders
    assert offender.key == (GROUP.arn, "routes-unknown")
    assert offender.absent_from == ("route_tables",)


# Encryption in transit


def test_traffic_that_must_be_encrypted_holds() -> None:
    verdict = caches_encrypt_traffic([GROUP], [*NODES, MEMCACHED], [SERVERLESS])
    assert verdict.evaluated == (GROUP.arn, MEMCACHED.arn, SERVERLESS.arn)
    assert verdict.offenders == ()


def test_plain_traffic_fails() -> None:
    group = replace(GROUP, transit_encryption="off")
    assert keys(caches_encrypt_traffic([group], NODES, [])) == [(GROUP.arn, "unencrypted")]


def test_plain_traffic_beside_encrypted_is_a_fault_of_its_own() -> None:
    group = replace(GROUP, transit_encryption="preferred")
    assert keys(caches_encrypt_traffic([group], NODES, [])) == [(GROUP.arn, "plain-text-allowed")]


@pytest.mark.parametrize("cluster", [SINGLE, MEMCACHED], ids=lambda each: each.engine)
def test_a_cluster_that_does_not_encrypt_has_to_be_replaced(cluster: CacheCluster) -> None:
    plain = replace(cluster, transit_encryption="off")
    found = keys(caches_encrypt_traffic([], [plain], []))
    assert found == [(cluster.arn, "cluster-unencrypted")]


def test_members_are_judged_by_their_group_alone() -> None:
    plain = [replace(each, transit_encryption="off") for each in NODES]
    assert caches_encrypt_traffic([GROUP], plain, []).offenders == ()


# Encryption at rest


def test_encrypted_disks_and_serverless_caches_hold() -> None:
    verdict = caches_encrypt_what_they_store([GROUP], [*NODES, MEMCACHED], [SERVERLESS])
    assert verdict.evaluated == (GROUP.arn, SERVERLESS.arn)
    assert verdict.offenders == ()


def test_plain_disks_fail() -> None:
    group = replace(GROUP, encrypted_at_rest=False)
    assert keys(caches_encrypt_what_they_store([group], NODES, [])) == [(GROUP.arn, "unencrypted")]


def test_a_cluster_outside_a_group_cannot_encrypt() -> None:
    found = keys(caches_encrypt_what_they_store([], [SINGLE], []))
    assert found == [(SINGLE.arn, "cluster-unencrypted")]


# Automatic backups


def backed_up(cache: Cache, *snapshots: CacheSnapshot) -> Verdict:
    return caches_are_backed_up_automatically(
        [cache] if isinstance(cache, ReplicationGroup) else [],
        [cache] if isinstance(cache, CacheCluster) else [],
        [cache] if isinstance(cache, ServerlessCache) else [],
        snapshots,
        NOW,
        hours=30,
    )


@pytest.mark.parametrize(
    ("cache", "of"),
    [
        (GROUP, {"replication_group_id": "sessions"}),
        (GROUP, {"cache_cluster_id": "sessions-002"}),
        (SINGLE, {"cache_cluster_id": "queue"}),
        (SERVERLESS, {"serverless_cache_name": "rates"}),
    ],
    ids=["group", "member of a group", "cluster", "serverless"],
)
def test_a_recent_automatic_snapshot_holds(cache: Cache, of: dict[str, str]) -> None:
    verdict = backed_up(cache, snapshot(29, **of), snapshot(60, **of))
    assert (verdict.evaluated, verdict.offenders) == ((cache.arn,), ())


def test_a_snapshot_of_another_cache_of_the_same_name_does_not_count() -> None:
    verdict = backed_up(GROUP, snapshot(1, serverless_cache_name="sessions"))
    assert keys(verdict) == [(GROUP.arn, "no-backup")]


@pytest.mark.parametrize("cache", [GROUP, SINGLE, SERVERLESS], ids=lambda each: type(each).__name__)
def test_a_retention_of_zero_is_no_backup_whatever_snapshots_there_are(cache: Cache) -> None:
    off = replace(cache, snapshot_retention_days=0)
    verdict = backed_up(off, snapshot(1, replication_group_id="sessions"))
    assert keys(verdict) == [(cache.arn, "backups-off")]


def test_a_retention_without_any_snapshot_fails() -> None:
    [offender] = backed_up(GROUP).offenders
    assert offender.key == (GROUP.arn, "no-backup")
    assert offender.absent_from == ("cache_snapshots",)


@pytest.mark.parametrize(("hours", "found"), [(29.9, []), (30, ["too-old"]), (60, ["too-old"])])
def test_a_snapshot_is_too_old_from_the_allowed_age_on(hours: float, found: list[str]) -> None:
    verdict = backed_up(GROUP, snapshot(hours, cache_cluster_id="sessions-001"))
    assert [fault for _, fault in keys(verdict)] == found


def test_a_snapshot_by_hand_does_not_count() -> None:
    verdict = backed_up(GROUP, snapshot(1, automatic=False, replication_group_id="sessions"))
    assert keys(verdict) == [(GROUP.arn, "no-backup")]


def test_a_young_cache_is_not_due_yet() -> None:
    assert backed_up(replace(GROUP, created_at=NOW - timedelta(hours=2))).offenders == ()


def test_a_cache_whose_age_nobody_knows_is_due() -> None:
    assert keys(backed_up(replace(GROUP, created_at=None))) == [(GROUP.arn, "no-backup")]


# The maintenance window

QUIET = ("sun:00:00-sun:08:00",)


def maintained(window: str | None, quiet: Sequence[str] = QUIET) -> Verdict:
    single = node("queue", window=window)
    return cache_maintenance_falls_into_quiet_hours([], [single], quiet_hours=quiet)


@pytest.mark.parametrize(
    ("window", "quiet", "holds"),
    [
        ("sun:03:00-sun:05:00", QUIET, True),
        ("sun:00:00-sun:08:00", QUIET, True),
        ("sun:00:00-sun:08:01", QUIET, False),
        ("sat:23:59-sun:01:00", QUIET, False),
        ("tue:03:00-tue:04:00", QUIET, False),
        ("sun:05:00-sun:09:00", QUIET, False),
        ("tue:23:30-wed:00:30", ["tue:23:00-wed:04:00"], True),
        ("sat:23:00-sun:01:30", ["sat:22:00-sun:06:00"], True),
        ("sat:23:00-sun:01:30", ["sat:22:00-sun:00:00", "sun:00:00-sun:06:00"], True),
        ("sat:23:00-sun:01:30", ["sat:22:00-sun:00:00", "sun:00:01-sun:06:00"], False),
        ("mon:02:00-mon:03:00", ["fri:20:00-mon:04:00"], True),
        ("wed:02:00-wed:03:00", ["fri:20:00-mon:04:00"], False),
        ("wed:02:00-wed:03:00", ["sun:00:00-sun:00:00"], True),
    ],
)
def test_a_window_lies_within_the_quiet_hours_from_end_to_end(
    window: str, quiet: Sequence[str], *, holds: bool
) -> None:
    found = keys(maintained(window, quiet))
    assert found == ([] if holds else [(SINGLE.arn, "outside-quiet-hours")])


def test_windows_of_members_count_for_their_group() -> None:
    loud = replace(NODES[1], maintenance_window="tue:14:00-tue:15:00")
    verdict = cache_maintenance_falls_into_quiet_hours([GROUP], [NODES[0], loud], quiet_hours=QUIET)
    [offender] = verdict.offenders
    assert offender.key == (GROUP.arn, "outside-quiet-hours")
    assert offender.observed == "maintenance at tue:14:00-tue:15:00 UTC"
    assert verdict.evaluated == (GROUP.arn,)


def test_a_group_without_any_window_is_proven_by_all_clusters_alone() -> None:
    [offender] = cache_maintenance_falls_into_quiet_hours([GROUP], [], quiet_hours=QUIET).offenders
    assert offender.key == (GROUP.arn, "no-window")
    assert offender.absent_from == ("cache_clusters",)


def test_what_is_no_window_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match="not a weekly window: 'sunday'"):
        maintained("sunday")


# Zones


def test_replicas_in_other_zones_hold() -> None:
    verdict = caches_survive_the_loss_of_a_zone([GROUP], [*NODES, MEMCACHED], [SERVERLESS])
    assert verdict.evaluated == (GROUP.arn, SERVERLESS.arn)
    assert verdict.offenders == ()


@pytest.mark.parametrize(
    ("group", "faults"),
    [
        (replace(GROUP, multi_az=False), ["multi-az-off"]),
        (replace(GROUP, automatic_failover=False), ["failover-off"]),
        (replace(GROUP, fewest_nodes=1), ["no-replica"]),
        (
            replace(GROUP, fewest_nodes=1, multi_az=False, automatic_failover=False),
            ["failover-off", "multi-az-off", "no-replica"],
        ),
    ],
)
def test_each_thing_that_a_group_lacks_is_a_fault(
    group: ReplicationGroup, faults: list[str]
) -> None:
    found = keys(caches_survive_the_loss_of_a_zone([group], NODES, []))
    assert found == [(GROUP.arn, fault) for fault in faults]


def test_a_cluster_outside_a_group_has_nothing_to_fail_over_to() -> None:
    found = keys(caches_survive_the_loss_of_a_zone([], [SINGLE], []))
    assert found == [(SINGLE.arn, "not-replicated")]


def test_a_serverless_cache_in_one_subnet_stands_in_one_zone() -> None:
    cache = replace(SERVERLESS, subnet_ids=("subnet-1",))
    found = keys(caches_survive_the_loss_of_a_zone([], [], [cache]))
    assert found == [(SERVERLESS.arn, "single-subnet")]


# Nothing there


def nothing_there(clusters: Sequence[CacheCluster] = ()) -> dict[str, str | None]:
    verdicts = {
        "subnets": caches_sit_in_private_subnets([], clusters, [], [PRIVATE], SUBNETS, [MAIN]),
        "traffic": caches_encrypt_traffic([], clusters, []),
        "disks": caches_encrypt_what_they_store([], clusters, []),
        "backups": caches_are_backed_up_automatically([], clusters, [], [], NOW, hours=30),
        "windows": cache_maintenance_falls_into_quiet_hours([], clusters, quiet_hours=QUIET),
        "zones": caches_survive_the_loss_of_a_zone([], clusters, []),
    }
    return {name: verdict.inapplicable for name, verdict in verdicts.items()}


def test_without_caches_there_is_nothing_to_judge() -> None:
    assert nothing_there() == {
        "subnets": "no caches in the region",
        "traffic": "no caches in the region",
        "disks": "no caches that keep data in the region",
        "backups": "no caches that keep data in the region",
        "windows": "no caches with nodes in the region",
        "zones": "no caches that keep data in the region",
    }


def test_memcached_is_judged_by_where_it_is_how_it_talks_and_when_it_rests() -> None:
    reasons = nothing_there([MEMCACHED])
    assert {name for name, reason in reasons.items() if reason} == {"disks", "backups", "zones"}


def test_members_of_a_group_that_is_gone_or_being_made_are_no_caches() -> None:
    assert all(nothing_there(NODES).values())


# The commands that mend


def printed(cache: Cache) -> list[str]:
    loud = [cache] if isinstance(cache, CacheCluster) else [node("sessions-001", "sessions")]
    loud = [replace(each, maintenance_window="tue:14:00-tue:15:00") for each in loud]
    groups = [cache] if isinstance(cache, ReplicationGroup) else []
    verdicts = [
        backed_up(cache),
        backed_up(replace(cache, snapshot_retention_days=0)),
        cache_maintenance_falls_into_quiet_hours(groups, loud, quiet_hours=QUIET),
    ]
    return [str(offender.fix) for verdict in verdicts for offender in verdict.offenders]


@pytest.mark.parametrize("cache", [GROUP, SINGLE, SERVERLESS], ids=lambda each: type(each).__name__)
def test_aws_knows_the_command_for_each_kind_of_cache(cache: Cache) -> None:
    commands = printed(cache)
    assert len(commands) == (2 if isinstance(cache, ServerlessCache) else 3)
    for command in commands:
        _, service, operation, *words = shlex.split(command)
        model = get_session().get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(names[operation]).input_shape
        assert shape is not None
        options = {word.removeprefix("--") for word in words if word.startswith("--")}
        assert options - {"region"} <= {xform_name(name, "-") for name in shape.members}
        assert cache.arn.rpartition(":")[2] in words
