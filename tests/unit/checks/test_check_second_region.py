"""Tables and buckets have a copy in the second region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from compliance.backup_plans import COVERAGE_FACTS
from compliance.checks.backup import data_has_a_copy_in_the_second_region
from compliance.facts.backups import (
    BackupCopy,
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
    CopyJob,
)
from compliance.facts.buckets import Bucket
from compliance.facts.replication import BucketReplication
from compliance.facts.tables import Table
from compliance.model import Identity, Verdict

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
TABLE = Table(ARN, "parcels", datetime(2026, 1, 1, tzinfo=UTC))
REPLICA = ARN.replace("us-east-1", "us-west-2")
REPLICATED = replace(TABLE, replicas={"us-west-2": REPLICA})
NEAR, FAR, THIRD = (
    Bucket(f"arn:aws:s3:::{name}", name, region)
    for name, region in (
        ("near", "us-east-1"),
        ("near-far", "us-west-2"),
        ("near-third", "eu-west-1"),
    )
)
IDENTITY = Identity("123456789012", "us-east-1")
TAKEN = BackupSelection("p", "all", resources=(ARN,))


def plan(*destinations: str, selection: str = "p") -> BackupPlan:
    copies = tuple(
        BackupCopy(f"arn:aws:backup:{region}:{account}:backup-vault:far", 35)
        for region, account in (each.split("/") for each in destinations)
    )
    plain = BackupRule("hourly", 35, ("near",))
    return BackupPlan("arn:plan", selection, "n", (plain, BackupRule("d", 35, ("near",), copies)))


def judged(
    *jobs: CopyJob,
    table: Table | None = TABLE,
    plans: Any = (),
    region: str | None = "us-west-2",
    buckets: Sequence[Bucket] = (),
    replications: Sequence[BucketReplication] = (),
) -> Verdict:
    return data_has_a_copy_in_the_second_region(
        [table] if table else [],
        plans,
        [TAKEN],
        [],
        [BackupSettings(dynamodb_opted_in=True)],
        buckets,
        replications,
        jobs,
        IDENTITY,
        second_region=region,
    )


def job(day: int, state: str, *, arn: str = ARN, region: str = "us-west-2", **of: Any) -> CopyJob:
    at = datetime(2026, 5, day, 3, 30, tzinfo=UTC)
    return CopyJob(of.get("id", "c"), arn, region, state, at, of.get("message", ""))


def test_a_replica_there_is_a_copy() -> None:
    verdict = judged(table=REPLICATED)
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_rule_that_copies_there_is_enough() -> None:
    assert judged(plans=[plan("us-west-2/123456789012")]).offenders == ()


def test_a_vault_of_another_account_there_is_enough() -> None:
    assert judged(plans=[plan("eu-west-1/123456789012", "us-west-2/210987654321")]).offenders == ()


@pytest.mark.parametrize(
    ("table", "plans"),
    [
        (TABLE, []),
        (TABLE, [plan()]),
        (TABLE, [plan("eu-west-1/123456789012")]),
        (TABLE, [plan("us-west-2/123456789012", selection="another")]),
        (replace(TABLE, replicas={"eu-west-1": REPLICA}), []),
    ],
    ids=["no plan", "no copies", "elsewhere", "not taken", "replica elsewhere"],
)
def test_a_table_without_a_copy_there_fails(table: Table, plans: Any) -> None:
    [offender] = judged(table=table, plans=plans).offenders
    assert offender.key == (ARN, "no-copy")
    assert offender.observed == "no replica in us-west-2, and no backup plan copies it there"
    assert offender.absent_from == COVERAGE_FACTS


@pytest.mark.parametrize("state", ["FAILED", "PARTIAL"])
def test_a_last_copy_that_did_not_complete_fails_by_its_state(state: str) -> None:
    [offender] = judged(job(2, state, message="no access"), table=REPLICATED).offenders
    assert offender.key == (ARN, f"last-copy-{state.lower()}")
    assert offender.observed == (
        f"the copy of 2026-05-02 03:30 UTC to us-west-2 {state.lower()}: no access"
    )
    assert offender.absent_from == ("copy_jobs",)


def test_a_failed_copy_without_a_message_is_named_by_its_id() -> None:
    [offender] = judged(job(2, "FAILED", id="copy-7"), table=REPLICATED).offenders
    assert offender.observed.endswith("failed: copy-7")


def test_only_the_last_copy_counts_in_any_order() -> None:
    for jobs in permutations([job(1, "FAILED"), job(2, "COMPLETED")]):
        assert judged(*jobs, table=REPLICATED).offenders == ()
    for jobs in permutations([job(1, "COMPLETED"), job(2, "FAILED")]):
        assert [o.fault for o in judged(*jobs, table=REPLICATED).offenders] == ["last-copy-failed"]


def test_a_copy_to_a_third_region_neither_fails_nor_makes_up_for_a_failure() -> None:
    assert judged(job(2, "FAILED", region="eu-west-1"), table=REPLICATED).offenders == ()
    jobs = [job(1, "FAILED"), job(2, "COMPLETED", region="eu-west-1")]
    assert [o.fault for o in judged(*jobs, table=REPLICATED).offenders] == ["last-copy-failed"]


def test_a_copy_of_what_is_no_table_any_more_counts_for_nothing() -> None:
    assert judged(job(2, "FAILED", arn=f"{ARN}-deleted"), table=REPLICATED).offenders == ()


def test_a_single_region_has_nothing_to_copy_to() -> None:
    assert judged(region=None).inapplicable == "the baseline names no second region"


def test_without_tables_and_buckets_there_is_nothing_to_copy() -> None:
    assert judged(table=None, buckets=[FAR]).inapplicable == (
        "neither tables nor buckets in the region"
    )


# --- buckets


def replicated(*destinations: str, jobs: Sequence[CopyJob] = ()) -> list[tuple[str, str, str]]:
    found = judged(
        *jobs,
        table=None,
        buckets=[NEAR, FAR, THIRD],
        replications=[BucketReplication(NEAR.arn, destinations)],
    )
    assert found.evaluated == (NEAR.arn,)
    return [(o.resource, o.fault, o.observed) for o in found.offenders]


def test_a_bucket_that_is_replicated_there_has_a_copy() -> None:
    assert replicated("near-third", "near-far") == []


@pytest.mark.parametrize(
    ("destinations", "to"),
    [((), "no bucket"), (("near-third",), "near-third"), (("of-others",), "of-others")],
)
def test_a_bucket_that_is_replicated_nowhere_or_elsewhere_fails(
    destinations: tuple[str, ...], to: str
) -> None:
    assert replicated(*destinations) == [
        (
            NEAR.arn,
            "no-replication",
            f"replicated to {to}, and no backup of it was copied to us-west-2",
        )
    ]


def test_a_bucket_is_said_to_have_no_copy_only_where_buckets_and_copies_were_read_whole() -> None:
    [offender] = judged(
        table=None, buckets=[NEAR], replications=[BucketReplication(NEAR.arn)]
    ).offenders
    assert offender.absent_from == ("buckets", "copy_jobs")


def test_a_bucket_whose_backup_was_copied_there_has_a_copy() -> None:
    assert replicated(jobs=[job(1, "COMPLETED", arn=NEAR.arn)]) == []


def test_a_bucket_whose_last_copy_failed_has_both_faults() -> None:
    jobs = [job(1, "COMPLETED", arn=NEAR.arn), job(2, "FAILED", arn=NEAR.arn)]
    faults = [fault for _, fault, _ in replicated(jobs=jobs)]
    assert faults == ["last-copy-failed", "no-replication"]


def test_a_bucket_whose_replication_went_unread_is_not_said_to_have_none() -> None:
    assert judged(table=None, buckets=[NEAR]).offenders == ()
