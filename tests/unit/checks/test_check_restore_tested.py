"""A restore has worked lately, and the last of each resource did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from compliance.checks.backup import a_restore_has_worked_lately
from compliance.facts.restores import RestoreJob, RestoreTestingPlan
from compliance.facts.tables import Table
from compliance.model import Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/parcels"
NONE = [("restore:any", "no-restore")]


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def job(days: float, status: str = "COMPLETED", *, arn: str = ARN, **of: Any) -> RestoreJob:
    return RestoreJob(of.pop("id", "r"), arn, "DynamoDB", status, ago(days), **of)


def judged(
    *jobs: RestoreJob, plan_ran: float | None = None, table_restored: float | None = None
) -> Verdict:
    ran = None if plan_ran is None else ago(plan_ran)
    restored = None if table_restored is None else ago(table_restored)
    return a_restore_has_worked_lately(
        jobs,
        [RestoreTestingPlan("arn:plan", "monthly", ran)],
        [Table(ARN, "parcels", ago(200), restored_at=restored)],
        NOW,
        days=180,
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_a_restore_that_completed_within_the_window_is_enough() -> None:
    verdict = judged(job(180))
    assert (verdict.evaluated, verdict.offenders) == (("restore:any", ARN), ())


def test_no_restore_at_all_fails() -> None:
    [offender] = judged().offenders
    assert [offender.key] == NONE
    assert offender.observed == "no restore has worked in 180 days"
    assert offender.absent_from == ("restore_jobs", "restore_testing_plans", "tables")


def test_a_restore_before_the_window_is_too_long_ago() -> None:
    assert keys(judged(job(181))) == NONE


@pytest.mark.parametrize("status", ["PENDING", "RUNNING"])
def test_a_restore_under_way_counts_neither_way(status: str) -> None:
    assert keys(judged(job(1, status))) == NONE
    assert keys(judged(job(2), job(1, status))) == []


def test_a_restore_that_is_being_validated_counts_neither_way() -> None:
    assert keys(judged(job(1, validation="VALIDATING"))) == NONE
    assert keys(judged(job(2), job(1, validation="VALIDATING"))) == []


@pytest.mark.parametrize("status", ["FAILED", "ABORTED"])
def test_a_last_restore_that_did_not_complete_fails_by_its_status(status: str) -> None:
    [offender] = judged(job(2), job(1, status, message="no access to the key")).offenders
    assert offender.key == (ARN, f"last-restore-{status.lower()}")
    assert offender.observed == (
        f"the restore of 2026-05-31 12:00 UTC {status.lower()}: no access to the key"
    )
    assert offender.absent_from == ("restore_jobs",)


@pytest.mark.parametrize(
    ("validation", "fault"),
    [("FAILED", "last-validation-failed"), ("TIMED_OUT", "last-validation-timed-out")],
)
def test_a_restore_whose_validation_did_not_succeed_has_not_worked(
    validation: str, fault: str
) -> None:
    assert keys(judged(job(1, validation=validation))) == [(ARN, fault), *NONE]


def test_a_restore_without_a_message_is_named_by_its_id() -> None:
    assert judged(job(1, "FAILED", id="r-7")).offenders[0].observed.endswith("failed: r-7")


def test_a_restore_that_was_validated_works() -> None:
    assert keys(judged(job(1, validation="SUCCESSFUL"))) == []


def test_only_the_last_restore_of_a_resource_counts_in_any_order() -> None:
    for jobs in permutations([job(2, "FAILED", id="b"), job(1, id="a")]):
        assert keys(judged(*jobs)) == []
    for jobs in permutations([job(2, id="b"), job(1, "FAILED", id="a")]):
        assert keys(judged(*jobs)) == [(ARN, "last-restore-failed")]


def test_a_restore_of_another_resource_does_not_make_up_for_one_that_failed() -> None:
    jobs = [job(2, "FAILED"), job(1, arn=f"{ARN}-2")]
    assert keys(judged(*jobs)) == [(ARN, "last-restore-failed")]


def test_a_table_that_dynamodb_restored_within_the_window_is_enough() -> None:
    assert keys(judged(table_restored=180)) == []
    assert keys(judged(table_restored=181)) == NONE


def test_a_testing_plan_counts_by_its_run_once_its_jobs_may_be_gone() -> None:
    assert keys(judged(plan_ran=30)) == []
    assert keys(judged(plan_ran=180)) == []
    assert keys(judged(plan_ran=181)) == NONE


def test_a_testing_plan_that_ran_lately_and_restored_nothing_does_not_count() -> None:
    assert keys(judged(plan_ran=29)) == NONE


def test_a_testing_plan_that_never_ran_does_not_count() -> None:
    assert keys(judged(plan_ran=None)) == NONE
