"""Where data lives, how long it is kept, and whether access to it is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from command_line import parameters

from compliance.checks.governance import (
    access_to_data_is_recorded_and_kept,
    data_expires_on_schedule,
    data_stays_in_the_allowed_regions,
)
from compliance.facts.backups import BackupCopy, BackupPlan, BackupRule
from compliance.facts.buckets import Bucket, BucketLifecycle, LifecycleRule
from compliance.facts.logs import LogGroup
from compliance.facts.tables import Replica, Table
from compliance.facts.times_to_live import TimeToLive
from compliance.facts.trails import EventSelector, Trail, TrailEvents, TrailStatus
from compliance.model import Identity, Verdict

ACCOUNT = "123456789012"
HERE = Identity(ACCOUNT, "us-east-1", "aws")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRAIL = Trail(
    f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit",
    "audit",
    "us-east-1",
    "logs",
    multi_region=True,
)
TABLE = Table(f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders", "orders", NOW)
FILES = Bucket("arn:aws:s3:::files", "files", "us-east-1")
LOGS = Bucket("arn:aws:s3:::logs", "logs", "us-east-1")
TABLES, OBJECTS = "AWS::DynamoDB::Table", "AWS::S3::Object"


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(o.resource.rpartition("/")[2], o.fault) for o in verdict.offenders]


# --- access is recorded -------------------------------------------------------------------------


def of_table(*selectors: EventSelector, trail: Trail = TRAIL, logging: bool = True) -> Verdict:
    return access_to_data_is_recorded_and_kept(
        [trail],
        [TrailStatus(trail.arn, logging=logging)],
        [TrailEvents(trail.arn, selectors)],
        [TABLE],
        [],
        [],
        HERE,
        audited=["arn:*:table/*"],
        days=365,
    )


def of_bucket(
    *selectors: EventSelector, region: str = "us-east-1", trail: Trail = TRAIL
) -> Verdict:
    return access_to_data_is_recorded_and_kept(
        [trail],
        [TrailStatus(trail.arn, logging=True)],
        [TrailEvents(trail.arn, selectors)],
        [],
        [replace(FILES, region=region)],
        [],
        HERE,
        audited=["arn:*:s3:::files"],
        days=365,
    )


def tables(**arns: tuple[str, ...]) -> EventSelector:
    return EventSelector("Data", resource_type=TABLES, arns=arns)


def objects(**arns: tuple[str, ...]) -> EventSelector:
    return EventSelector("Data", resource_type=OBJECTS, arns=arns)


@pytest.mark.parametrize(
    "selector",
    [
        tables(),
        tables(Equals=(TABLE.arn,)),
        tables(Equals=("arn:aws:dynamodb:other", TABLE.arn)),
        tables(StartsWith=("arn:aws:dynamodb",)),
        tables(EndsWith=("/orders",)),
        tables(NotEquals=("arn:aws:dynamodb:other",)),
        tables(NotStartsWith=("arn:aws:dynamodb:eu-west-1",), NotEndsWith=("/carts",)),
    ],
)
def test_a_selector_that_takes_the_table_records_it(selector: EventSelector) -> None:
    assert found(of_table(selector)) == []


@pytest.mark.parametrize(
    "selector",
    [
        EventSelector("Management"),
        objects(),
        replace(tables(), narrowed=True),
        tables(Equals=(f"{TABLE.arn}-2",)),
        tables(Equals=(TABLE.arn[:-1],)),
        tables(StartsWith=("arn:aws:dynamodb:eu-west-1",)),
        tables(EndsWith=("/carts",)),
        tables(NotEquals=(TABLE.arn,)),
        tables(StartsWith=("arn:aws:dynamodb",), NotEndsWith=("/orders",)),
        tables(NotStartsWith=("arn:aws:dynamodb:us-east-1",)),
    ],
)
def test_a_selector_that_does_not_take_the_table_records_nothing_of_it(
    selector: EventSelector,
) -> None:
    assert found(of_table(selector)) == [("orders", "access-not-recorded")]


@pytest.mark.parametrize(
    "selector",
    [
        objects(),
        objects(StartsWith=("arn:aws:s3",)),
        objects(StartsWith=("arn:aws:s3:::",)),
        objects(StartsWith=("arn:aws:s3:::files/",)),
        objects(NotStartsWith=("arn:aws:s3:::logs/",)),
        objects(NotEquals=("arn:aws:s3:::logs/x",)),
    ],
)
def test_a_selector_that_takes_every_object_records_the_bucket(selector: EventSelector) -> None:
    assert found(of_bucket(selector)) == []


@pytest.mark.parametrize(
    "selector",
    [
        tables(),
        objects(StartsWith=("arn:aws:s3:::files/public/",)),
        objects(StartsWith=("arn:aws:s3:::files-2/",)),
        objects(Equals=("arn:aws:s3:::files/",)),
        objects(EndsWith=(".csv",)),
        objects(NotEndsWith=(".tmp",)),
        objects(NotStartsWith=("arn:aws:s3:::files/public/",)),
        objects(NotStartsWith=("arn:aws:s3:::fi",)),
    ],
)
def test_a_selector_that_takes_some_objects_does_not_record_the_bucket(
    selector: EventSelector,
) -> None:
    assert found(of_bucket(selector)) == [("arn:aws:s3:::files", "access-not-recorded")]


def test_reads_and_writes_may_be_recorded_by_two_selectors() -> None:
    assert found(of_table(replace(tables(), reads=False), replace(tables(), writes=False))) == []


@pytest.mark.parametrize(
    ("half", "fault"),
    [({"reads": False}, "reads-not-recorded"), ({"writes": False}, "writes-not-recorded")],
)
def test_half_the_access_is_not_all(half: dict[str, bool], fault: str) -> None:
    assert found(of_table(replace(tables(), **half))) == [("orders", fault)]


def test_a_stopped_trail_records_nothing() -> None:
    assert found(of_table(tables(), logging=False)) == [("orders", "access-not-recorded")]


def test_a_single_region_trail_records_no_bucket_of_another_region() -> None:
    home = replace(TRAIL, multi_region=False)
    assert found(of_bucket(objects(), trail=home)) == []
    assert found(of_bucket(objects(), region="eu-west-1", trail=home)) == [
        ("arn:aws:s3:::files", "access-not-recorded")
    ]


def test_what_nobody_wants_audited_need_not_be_recorded() -> None:
    verdict = access_to_data_is_recorded_and_kept(
        [], [], [], [TABLE], [FILES], [], HERE, audited=[], days=365
    )
    assert verdict.inapplicable == "no table or bucket that the baseline wants audited"


def test_unrecorded_access_is_proven_only_by_all_trails() -> None:
    assert of_table().offenders[0].absent_from == ("trails", "trail_statuses", "trail_events")


# --- and kept -----------------------------------------------------------------------------------


def kept(*rules: LifecycleRule, trail: Trail = TRAIL) -> list[tuple[str, str]]:
    return found(
        access_to_data_is_recorded_and_kept(
            [trail],
            [TrailStatus(trail.arn, logging=True)],
            [TrailEvents(trail.arn, (tables(),))],
            [TABLE],
            [LOGS],
            [BucketLifecycle(LOGS.arn, rules)],
            HERE,
            audited=["arn:*:table/*"],
            days=365,
        )
    )


TOO_SHORT = [("arn:aws:s3:::logs", "kept-too-short")]


@pytest.mark.parametrize(
    "rule",
    [
        LifecycleRule("a", expires_after_days=365),
        LifecycleRule("a", expires_noncurrent=True),
        LifecycleRule("a", enabled=False, expires_after_days=1),
        LifecycleRule("a", tagged=True, expires_after_days=1),
        LifecycleRule("a", prefix="tmp/", expires_after_days=1),
        LifecycleRule("a", prefix=f"AWSLogs/{ACCOUNT}/Config/", expires_after_days=1),
        LifecycleRule("a", prefix=f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/", expires_after_days=1),
        LifecycleRule("a", prefix="AWSLogs/999999999999/", expires_after_days=1),
    ],
)
def test_a_rule_that_expires_no_trail_file_early_keeps_the_record(rule: LifecycleRule) -> None:
    assert kept(rule) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "AWS",
        "AWSLogs/",
        f"AWSLogs/{ACCOUNT}/CloudTrail/",
        f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/",
        "AWSLogs/o-a1b2c3d4e5/",
        f"AWSLogs/o-a1b2c3d4e5/{ACCOUNT}/CloudTrail/",
    ],
)
def test_a_rule_that_reaches_trail_files_must_keep_them_long_enough(prefix: str) -> None:
    assert kept(LifecycleRule("a", prefix=prefix, expires_after_days=364)) == TOO_SHORT


def test_a_rule_for_another_prefix_than_the_trails_own_reaches_nothing() -> None:
    prefixed = replace(TRAIL, log_prefix="audit")
    assert kept(LifecycleRule("a", prefix="AWSLogs/", expires_after_days=1), trail=prefixed) == []
    rule = LifecycleRule("a", prefix="audit/AWSLogs/", expires_after_days=1)
    assert kept(rule, trail=prefixed) == TOO_SHORT


def test_a_rule_of_a_fixed_date_expires_even_the_newest_file() -> None:
    assert kept(LifecycleRule("a", expires_on_a_date=True)) == TOO_SHORT


def test_no_rule_keeps_for_ever() -> None:
    assert kept() == []


def test_a_bucket_of_another_account_is_not_judged() -> None:
    away = replace(TRAIL, bucket="archive")
    assert kept(LifecycleRule("a", expires_after_days=1), trail=away) == []


def test_a_trail_that_records_no_audited_access_may_keep_less() -> None:
    verdict = access_to_data_is_recorded_and_kept(
        [TRAIL],
        [TrailStatus(TRAIL.arn, logging=True)],
        [TrailEvents(TRAIL.arn, (EventSelector("Management"),))],
        [TABLE],
        [LOGS],
        [BucketLifecycle(LOGS.arn, (LifecycleRule("a", expires_after_days=1),))],
        HERE,
        audited=["arn:*:table/*"],
        days=365,
    )
    assert found(verdict) == [("orders", "access-not-recorded")]


# --- residency ----------------------------------------------------------------------------------


def test_data_in_the_allowed_regions_holds() -> None:
    replica = Replica("arn:aws:dynamodb:us-west-2:1:table/orders")
    table = replace(TABLE, replicas={"us-west-2": replica})
    verdict = data_stays_in_the_allowed_regions(
        [FILES], [table], [], HERE, allowed_regions=["us-east-1", "us-west-2"]
    )
    assert verdict.offenders == ()
    assert len(verdict.evaluated) == 3


def test_a_bucket_a_table_and_a_replica_elsewhere_each_fail() -> None:
    replica = "arn:aws:dynamodb:us-west-2:1:table/orders"
    away = Table("arn:aws:dynamodb:ap-south-1:1:table/away", "away", NOW)
    verdict = data_stays_in_the_allowed_regions(
        [replace(FILES, region="eu-west-1")],
        [replace(TABLE, replicas={"us-west-2": Replica(replica)}), away],
        [],
        HERE,
        allowed_regions=["us-east-1"],
    )
    assert {(o.resource, o.fault, o.observed) for o in verdict.offenders} == {
        (FILES.arn, "region-not-allowed", "a bucket in eu-west-1"),
        (replica, "region-not-allowed", "a replica of orders in us-west-2"),
        (away.arn, "region-not-allowed", "a table in ap-south-1"),
    }
    fixes = {o.resource: o.fix for o in verdict.offenders}
    assert fixes[FILES.arn] is None
    assert parameters(str(fixes[away.arn])) == {"TableName": "away"}
    assert parameters(str(fixes[replica])) == {
        "TableName": "orders",
        "ReplicaUpdates": [{"Delete": {"RegionName": "us-west-2"}}],
    }


def test_a_vault_elsewhere_that_a_plan_copies_to_fails() -> None:
    vault = "arn:aws:backup:eu-west-1:1:backup-vault:far"
    rule = BackupRule("nightly", 35, copies=(BackupCopy(vault, 35),))
    verdict = data_stays_in_the_allowed_regions(
        [FILES],
        [],
        [BackupPlan("arn:plan", "p", "daily", (rule,))],
        HERE,
        allowed_regions=["us-east-1"],
    )
    [offender] = verdict.offenders
    assert offender.key == (vault, "region-not-allowed")
    assert offender.observed == "a vault for the copies of plan daily in eu-west-1"
    plan, copies = str(offender.fix).split(" && ")
    assert parameters(plan) == {"BackupPlanId": "p"}
    assert parameters(copies) == {"BackupVaultName": "far"}
    assert (plan.rpartition(" ")[2], copies.rpartition(" ")[2]) == ("us-east-1", "eu-west-1")


def test_without_data_nothing_is_anywhere() -> None:
    verdict = data_stays_in_the_allowed_regions([], [], [], HERE, allowed_regions=["us-east-1"])
    assert verdict.inapplicable == "no buckets in the account, no tables in the region"


# --- retention ----------------------------------------------------------------------------------


def expiring(
    *rules: LifecycleRule, ttl: str | None = None, group: LogGroup | None = None
) -> list[tuple[str, str]]:
    return found(
        data_expires_on_schedule(
            [BucketLifecycle(LOGS.arn, rules)] if rules else [],
            [TimeToLive(TABLE.arn, ttl, "expires_at")] if ttl else [],
            [group] if group else [],
            attribute="expires_at",
        )
    )


@pytest.mark.parametrize(
    "rule",
    [
        LifecycleRule("a", expires_after_days=30),
        LifecycleRule("a", expires_on_a_date=True),
        LifecycleRule("a", expires_noncurrent=True),
        LifecycleRule("a", prefix="tmp/", expires_after_days=1),
    ],
)
def test_a_rule_that_expires_current_or_noncurrent_versions_is_a_limit(rule: LifecycleRule) -> None:
    assert expiring(LifecycleRule("moves"), rule) == []


@pytest.mark.parametrize(
    "rule", [LifecycleRule("moves"), LifecycleRule("off", enabled=False, expires_after_days=30)]
)
def test_a_rule_that_only_moves_or_is_disabled_is_none(rule: LifecycleRule) -> None:
    assert expiring(rule) == [("arn:aws:s3:::logs", "nothing-expires")]


def test_a_bucket_without_a_rule_fails() -> None:
    verdict = data_expires_on_schedule([BucketLifecycle(LOGS.arn)], [], [], attribute="ttl")
    assert found(verdict) == [("arn:aws:s3:::logs", "no-lifecycle")]


def test_a_temporary_table_without_ttl_fails() -> None:
    assert expiring(ttl="DISABLED") == [("orders", "ttl-off")]
    assert expiring(ttl="ENABLED") == []


def test_a_log_group_that_never_expires_fails_whatever_others_keep() -> None:
    assert expiring(group=LogGroup("arn:aws:logs:x:1:log-group:a", "a", None)) == [
        ("arn:aws:logs:x:1:log-group:a", "never-expires")
    ]
    assert expiring(group=LogGroup("arn:a", "a", 3653)) == []


def test_a_group_of_the_delivery_class_is_not_judged() -> None:
    verdict = data_expires_on_schedule(
        [], [], [LogGroup("arn:a", "a", None, "DELIVERY")], attribute="ttl"
    )
    assert verdict.inapplicable == "no buckets, no temporary tables, no log groups"
