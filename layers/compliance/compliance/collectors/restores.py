"""AWS Backup: restores, and the plans that test them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from compliance.collectors.reader import Reader
from compliance.facts.restores import RestoreJob, RestoreTestingPlan
from compliance.registry import Read, collector

LIST_RESTORE_JOBS = Read("backup", "ListRestoreJobs")
LIST_TESTING_PLANS = Read("backup", "ListRestoreTestingPlans")


@collector(LIST_RESTORE_JOBS, window_days="backups.restore_test_days")
def restore_jobs(reader: Reader, now: datetime, *, window_days: int) -> Iterator[RestoreJob]:
    """Every restore that was begun within the window, by a person or by a testing plan."""
    pages = reader.pages(LIST_RESTORE_JOBS, ByCreatedAfter=now - timedelta(days=window_days))
    for page in pages:
        for job in page["RestoreJobs"]:
            yield RestoreJob(
                id=job["RestoreJobId"],
                resource_arn=job.get("SourceResourceArn") or job["RecoveryPointArn"],
                resource_type=job.get("ResourceType", ""),
                status=job["Status"],
                started_at=job["CreationDate"],
                completed_at=job.get("CompletionDate"),
                validation=job.get("ValidationStatus"),
                testing_plan_arn=job.get("CreatedBy", {}).get("RestoreTestingPlanArn"),
                message=job.get("ValidationStatusMessage") or job.get("StatusMessage", ""),
            )


@collector(LIST_TESTING_PLANS)
def restore_testing_plans(reader: Reader) -> Iterator[RestoreTestingPlan]:
    """Every restore-testing plan in the region."""
    for page in reader.pages(LIST_TESTING_PLANS):
        for plan in page["RestoreTestingPlans"]:
            yield RestoreTestingPlan(
                plan["RestoreTestingPlanArn"],
                plan["RestoreTestingPlanName"],
                plan.get("LastExecutionTime"),
            )
