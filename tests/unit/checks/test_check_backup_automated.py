"""Tables are backed up without anybody having to remember, and the last job worked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from compliance.backup_plans import COVERAGE_FACTS
from compliance.checks.backup import tables_are_backed_up_automatically
from compliance.facts.backups import (
    BackupJob,
    BackupPlan,
    BackupRule,
    BackupSelection,
    BackupSettings,
)
from compliance.facts.tables import ContinuousBackups, Table
from compliance.model import Verdict

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
TABLE = Table(ARN, "parcels", datetime(2026, 1, 1, tzinfo=UTC))
ON = ContinuousBackups(ARN, enabled=True)
OFF = ContinuousBackups(ARN, enabled=False)
PLAN = BackupPlan("arn:plan", "p", "nightly", (BackupRule("daily", 35),))


def judged(
    recovery: ContinuousBackups = ON,
    *jobs: BackupJob,
    tables: Sequence[Table] = (TABLE,),
    **of: Any,
) -> Verdict:
    return tables_are_backed_up_automatically(
        tables,
        [recovery],
        of.get("plans", []),
        of.get("selections", []),
        [],
        [BackupSettings(dynamodb_opted_in=True)],
        jobs,
    )


def job(day: int, state: str, *, arn: str = ARN, message: str = "", id: str = "j") -> BackupJob:  # noqa: A002 -- the record's own name
    return BackupJob(id, arn, state, datetime(2026, 5, day, 3, 30, tzinfo=UTC), message)


def test_point_in_time_recovery_is_enough() -> None:
    verdict = judged()
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_plan_is_enough() -> None:
    selected = BackupSelection("p", "all", resources=("*",))
    assert judged(OFF, plans=[PLAN], selections=[selected]).offenders == ()


def test_a_table_with_neither_fails() -> None:
    [offender] = judged(OFF, plans=[PLAN]).offenders
    assert offender.key == (ARN, "not-backed-up")
    assert offender.observed == "no point-in-time recovery and no backup plan"
    assert offender.absent_from == ("continuous_backups", *COVERAGE_FACTS)


def test_recovery_of_a_replica_is_not_that_of_the_table() -> None:
    replica = ContinuousBackups(ARN.replace("us-east-1", "eu-west-1"), enabled=True)
    assert [o.fault for o in judged(replica).offenders] == ["not-backed-up"]


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED", "ABORTED", "PARTIAL"])
def test_a_last_job_that_did_not_complete_fails_by_its_state(state: str) -> None:
    [offender] = judged(ON, job(2, state, message="no access to the key")).offenders
    assert offender.key == (ARN, f"last-job-{state.lower()}")
    assert offender.observed == (
        f"the job of 2026-05-02 03:30 UTC {state.lower()}: no access to the key"
    )
    assert offender.absent_from == ("backup_jobs",)


def test_a_failed_job_without_a_message_is_named_by_its_id() -> None:
    [offender] = judged(ON, job(2, "FAILED", id="job-7")).offenders
    assert offender.observed.endswith("failed: job-7")


def test_a_job_that_completed_later_makes_up_for_a_failed_one_in_any_order() -> None:
    for jobs in permutations([job(1, "FAILED"), job(2, "COMPLETED")]):
        assert judged(ON, *jobs).offenders == ()


def test_a_job_that_failed_later_counts_whatever_completed_before() -> None:
    for jobs in permutations([job(1, "COMPLETED"), job(2, "FAILED"), job(1, "FAILED")]):
        assert [o.fault for o in judged(ON, *jobs).offenders] == ["last-job-failed"]


def test_jobs_of_one_moment_are_judged_the_same_in_any_order() -> None:
    jobs = [job(1, "FAILED", id="a"), job(1, "COMPLETED", id="b")]
    assert judged(ON, *jobs) == judged(ON, *jobs[::-1])


def test_a_job_of_a_table_that_is_no_more_counts_for_nothing() -> None:
    assert judged(ON, job(2, "FAILED", arn=f"{ARN}-deleted")).offenders == ()


def test_a_table_may_have_both_faults() -> None:
    faults = [offender.fault for offender in judged(OFF, job(2, "FAILED")).offenders]
    assert faults == ["last-job-failed", "not-backed-up"]


def test_without_tables_it_does_not_apply() -> None:
    assert judged(tables=()).inapplicable == "no tables in the region"
