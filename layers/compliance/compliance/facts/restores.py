"""Restores by AWS Backup, and the plans that test them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """A restore, ended or under way.

    `resource_arn` is what was backed up, or the recovery point where AWS does not say. `status` is
    PENDING, RUNNING, COMPLETED, ABORTED or FAILED; `validation`, of a restore test alone,
    VALIDATING, SUCCESSFUL, FAILED or TIMED_OUT. It took from `started_at` to `completed_at`,
    waiting included.
    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreJobsListMember.html
    """

    id: str
    resource_arn: str
    resource_type: str
    status: str
    started_at: datetime
    completed_at: datetime | None = None
    validation: str | None = None
    testing_plan_arn: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class RestoreTestingPlan:
    """A plan that restores recovery points to see that it works; None: it has never run.

    Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
    """

    arn: str
    name: str
    last_executed_at: datetime | None
