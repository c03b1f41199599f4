"""AWS Backup: moto has plans and vaults, but no selections, recovery points, jobs or tests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
    now,
)

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_JOBS_KEPT = timedelta(days=30)
_DEFAULT_ROLE = "service-role/AWSBackupDefaultServiceRole"
_RESOURCE_TYPES = {
    "dynamodb": "DynamoDB",
    "rds": "RDS",
    "ec2": "EC2",
    "elasticfilesystem": "EFS",
    "s3": "S3",
}


def resource_type(resource_arn: str) -> str:
    """What AWS Backup calls the kind of resource."""
    return _RESOURCE_TYPES.get(resource_arn.split(":")[2], "DynamoDB")


@dataclass(frozen=True)
class Selection:
    """Which resources a plan backs up."""

    selection_id: str
    plan_id: str
    document: dict[str, Any]
    created: datetime


@dataclass(frozen=True)
class RecoveryPoint:
    """One backup in a vault."""

    arn: str
    vault: str
    resource_arn: str
    status: str
    created: datetime
    completed: datetime | None
    keep_days: int | None
    plan_id: str | None

    def described(self, region: str, account_id: str) -> Output:
        """As the vault's listing shows it."""
        vault_arn = f"arn:aws:backup:{region}:{account_id}:backup-vault:{self.vault}"
        described: Output = {
            "RecoveryPointArn": self.arn,
            "BackupVaultName": self.vault,
            "BackupVaultArn": vault_arn,
            "ResourceArn": self.resource_arn,
            "ResourceType": resource_type(self.resource_arn),
            "ResourceName": self.resource_arn.rpartition("/")[2],
            "IamRoleArn": f"arn:aws:iam::{account_id}:role/{_DEFAULT_ROLE}",
            "Status": self.status,
            "CreationDate": self.created,
            "BackupSizeInBytes": 1_048_576,
            "IsEncrypted": True,
        }
        if self.completed:
            described["CompletionDate"] = self.completed
        if self.plan_id:
            plan_arn = f"arn:aws:backup:{region}:{account_id}:backup-plan:{self.plan_id}"
            described["CreatedBy"] = {"BackupPlanId": self.plan_id, "BackupPlanArn": plan_arn}
        if self.keep_days:
            described["Lifecycle"] = {"DeleteAfterDays": self.keep_days}
            described["CalculatedLifecycle"] = {
                "DeleteAt": self.created + timedelta(days=self.keep_days)
            }
        return described


@dataclass(frozen=True)
class Job:
    """One attempt to back a resource up."""

    job_id: str
    vault: str
    resource_arn: str
    state: str
    created: datetime
    completed: datetime | None
    message: str | None
    recovery_point_arn: str | None
    plan_id: str | None

    def described(self, region: str, account_id: str) -> Output:
        """As the listing of jobs shows it."""
        described: Output = {
            "AccountId": account_id,
            "BackupJobId": self.job_id,
            "BackupVaultName": self.vault,
            "BackupVaultArn": f"arn:aws:backup:{region}:{account_id}:backup-vault:{self.vault}",
            "ResourceArn": self.resource_arn,
            "ResourceType": resource_type(self.resource_arn),
            "ResourceName": self.resource_arn.rpartition("/")[2],
            "State": self.state,
            "CreationDate": self.created,
            "PercentDone": "100.0" if self.state == "COMPLETED" else "0.0",
        }
        if self.plan_id:
            plan_arn = f"arn:aws:backup:{region}:{account_id}:backup-plan:{self.plan_id}"
            described["CreatedBy"] = {"BackupPlanId": self.plan_id, "BackupPlanArn": plan_arn}
        optional = {
            "CompletionDate": self.completed,
            "StatusMessage": self.message,
            "RecoveryPointArn": self.recovery_point_arn,
        }
        return described | {key: value for key, value in optional.items() if value is not None}


@dataclass(frozen=True)
class CopyJob:
    """One attempt to copy a recovery point to another vault."""

    job_id: str
    vault: str
    to_vault_arn: str
    resource_arn: str
    state: str
    created: datetime
    message: str | None

    def described(self, region: str, account_id: str) -> Output:
        """As the listing of copy jobs shows it."""
        prefix = f"arn:aws:backup:{region}:{account_id}"
        described: Output = {
            "AccountId": account_id,
            "CopyJobId": self.job_id,
            "SourceBackupVaultArn": f"{prefix}:backup-vault:{self.vault}",
            "DestinationBackupVaultArn": self.to_vault_arn,
            "ResourceArn": self.resource_arn,
            "ResourceType": resource_type(self.resource_arn),
            "State": self.state,
            "CreationDate": self.created,
        }
        return described | ({"StatusMessage": self.message} if self.message else {})


@dataclass(frozen=True)
class RestoreJob:
    """One restore of a recovery point, by a person or by a testing plan."""

    job_id: str
    vault: str
    resource_arn: str
    status: str
    created: datetime
    took: timedelta | None
    message: str | None
    validation: str | None
    testing_plan_arn: str | None

    def described(self, region: str, account_id: str) -> Output:
        """As the listing of restore jobs shows it."""
        prefix = f"arn:aws:backup:{region}:{account_id}"
        described: Output = {
            "AccountId": account_id,
            "RestoreJobId": self.job_id,
            "RecoveryPointArn": f"{prefix}:recovery-point:{self.job_id}",
            "SourceResourceArn": self.resource_arn,
            "BackupVaultArn": f"{prefix}:backup-vault:{self.vault}",
            "ResourceType": resource_type(self.resource_arn),
            "IamRoleArn": f"arn:aws:iam::{account_id}:role/{_DEFAULT_ROLE}",
            "Status": self.status,
            "CreationDate": self.created,
            "PercentDone": "100.00%" if self.status == "COMPLETED" else "0.00%",
        }
        if self.testing_plan_arn:
            described["CreatedBy"] = {"RestoreTestingPlanArn": self.testing_plan_arn}
        optional = {
            "CompletionDate": self.created + self.took if self.took else None,
            "StatusMessage": self.message,
            "ValidationStatus": self.validation,
        }
        return described | {key: value for key, value in optional.items() if value is not None}


class Backup(ServiceAnswers):
    """Selections, recovery points, jobs and restore-testing plans."""

    service = "backup"

    def __init__(self, moto: MotoAccount) -> None:
        """Without any."""
        super().__init__(moto)
        self.selections: dict[str, dict[str, Selection]] = defaultdict(dict)
        self.recovery_points: dict[str, list[RecoveryPoint]] = defaultdict(list)
        self.jobs: dict[str, list[Job]] = defaultdict(list)
        self.copy_jobs: dict[str, list[CopyJob]] = defaultdict(list)
        self.restore_jobs: dict[str, list[RestoreJob]] = defaultdict(list)
        self.testing_plans: dict[str, dict[str, Output]] = defaultdict(dict)
        self.air_gapped: set[tuple[str, str]] = set()

    def add_recovery_point(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        region: str,
        vault: str,
        resource_arn: str,
        *,
        created: datetime,
        status: str = "COMPLETED",
        keep_days: int | None = 35,
        plan_id: str | None = None,
    ) -> RecoveryPoint:
        """A backup that took ten minutes; newest last."""
        point = RecoveryPoint(
            arn=f"arn:aws:backup:{region}:{self.moto.account_id}:recovery-point:{uuid4()}",
            vault=vault,
            resource_arn=resource_arn,
            status=status,
            created=created,
            completed=created + timedelta(minutes=10) if status == "COMPLETED" else None,
            keep_days=keep_days,
            plan_id=plan_id,
        )
        self.recovery_points[region].append(point)
        return point

    def add_job(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        region: str,
        vault: str,
        resource_arn: str,
        *,
        created: datetime,
        state: str = "COMPLETED",
        message: str | None = None,
        recovery_point: RecoveryPoint | None = None,
        plan_id: str | None = None,
    ) -> Job:
        """A job that ended ten minutes after it began, unless it is still to run."""
        ended = state in {"COMPLETED", "FAILED", "EXPIRED", "ABORTED", "PARTIAL"}
        job = Job(
            job_id=str(uuid4()).upper(),
            vault=vault,
            resource_arn=resource_arn,
            state=state,
            created=created,
            completed=created + timedelta(minutes=10) if ended else None,
            message=message,
            recovery_point_arn=recovery_point.arn if recovery_point else None,
            plan_id=plan_id,
        )
        self.jobs[region].append(job)
        return job

    def add_copy_job(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        region: str,
        vault: str,
        to_vault_arn: str,
        resource_arn: str,
        *,
        created: datetime,
        state: str = "COMPLETED",
        message: str | None = None,
    ) -> CopyJob:
        """A copy to a vault, of whatever region and account."""
        job = CopyJob(
            str(uuid4()).upper(), vault, to_vault_arn, resource_arn, state, created, message
        )
        self.copy_jobs[region].append(job)
        return job

    def add_restore_job(  # noqa: PLR0913 -- each is a field of AWS's own
        self,
        region: str,
        vault: str,
        resource_arn: str,
        *,
        created: datetime,
        status: str = "COMPLETED",
        took: timedelta | None = timedelta(minutes=40),
        message: str | None = None,
        validation: str | None = None,
        testing_plan_arn: str | None = None,
    ) -> RestoreJob:
        """A restore; `took` None for one that has not ended."""
        job = RestoreJob(
            job_id=str(uuid4()).upper(),
            vault=vault,
            resource_arn=resource_arn,
            status=status,
            created=created,
            took=took,
            message=message,
            validation=validation,
            testing_plan_arn=testing_plan_arn,
        )
        self.restore_jobs[region].append(job)
        return job

    def run_testing_plan(self, region: str, name: str, at: datetime) -> str:
        """The testing plan was run last at that time; returns its ARN."""
        plan = self.testing_plans[region][name]
        plan["LastExecutionTime"] = at
        return str(plan["RestoreTestingPlanArn"])

    def seal_vault(self, region: str, vault: str) -> None:
        """The vault is a logically air-gapped one, which moto cannot make."""
        self.air_gapped.add((region, vault))

    @answers("CreateBackupSelection")
    def create_selection(self, request: AwsRequest) -> Output:
        """The plan must exist."""
        plan_id = self._existing_plan(request)
        selection = Selection(str(uuid4()), plan_id, request["BackupSelection"], now())
        self.selections[request.region][selection.selection_id] = selection
        return {
            "SelectionId": selection.selection_id,
            "BackupPlanId": plan_id,
            "CreationDate": selection.created,
        }

    @answers("DeleteBackupSelection")
    def delete_selection(self, request: AwsRequest) -> Output:
        """Deleting what is not there is no error."""
        self.selections[request.region].pop(request["SelectionId"], None)
        return {}

    @answers("ListBackupSelections")
    def list_selections(self, request: AwsRequest) -> Output:
        """Heads only: the resources are in GetBackupSelection."""
        plan_id = self._existing_plan(request)
        return {
            "BackupSelectionsList": [
                {
                    "SelectionId": selection.selection_id,
                    "SelectionName": selection.document["SelectionName"],
                    "BackupPlanId": plan_id,
                    "CreationDate": selection.created,
                    "IamRoleArn": selection.document["IamRoleArn"],
                }
                for selection in list(self.selections[request.region].values())
                if selection.plan_id == plan_id
            ]
        }

    @answers("GetBackupSelection")
    def get_selection(self, request: AwsRequest) -> Output:
        """AWS fills in the lists that were left out."""
        selection = self.selections[request.region].get(request["SelectionId"])
        if selection is None or selection.plan_id != request["BackupPlanId"]:
            message = "Cannot find Backup selection"
            raise ServiceError(message, code="ResourceNotFoundException")
        empty: Output = {"Resources": [], "ListOfTags": [], "NotResources": [], "Conditions": {}}
        return {
            "BackupSelection": {**empty, **selection.document},
            "SelectionId": selection.selection_id,
            "BackupPlanId": selection.plan_id,
            "CreationDate": selection.created,
        }

    @answers("ListRecoveryPointsByBackupVault")
    def list_recovery_points_by_vault(self, request: AwsRequest) -> Output:
        """Filtered as asked, newest first."""
        vault = request["BackupVaultName"]
        self._require_vault(request, vault)
        plan_id = request.get("ByBackupPlanId")
        points = [
            point
            for point in list(self.recovery_points[request.region])
            if point.vault == vault
            and (plan_id is None or point.plan_id == plan_id)
            and _wanted(request, point.resource_arn, point.created)
        ]
        return {"RecoveryPoints": self._described(request, points)}

    @answers("ListRecoveryPointsByResource")
    def list_recovery_points_by_resource(self, request: AwsRequest) -> Output:
        """From all vaults, newest first."""
        points = self._described(
            request,
            [
                point
                for point in list(self.recovery_points[request.region])
                if point.resource_arn == request["ResourceArn"]
            ],
        )
        kept = (
            "RecoveryPointArn",
            "CreationDate",
            "Status",
            "BackupVaultName",
            "ResourceName",
        )
        return {"RecoveryPoints": [{key: point[key] for key in kept} for point in points]}

    @answers("ListProtectedResources")
    def list_protected_resources(self, request: AwsRequest) -> Output:
        """Every resource with a recovery point, with the time of the newest."""
        newest: dict[str, datetime] = {}
        for point in list(self.recovery_points[request.region]):
            arn = point.resource_arn
            newest[arn] = max(point.created, newest.get(arn, point.created))
        return {
            "Results": [
                {"ResourceArn": arn, "ResourceType": resource_type(arn), "LastBackupTime": created}
                for arn, created in newest.items()
            ]
        }

    @answers("ListBackupJobs")
    def list_jobs(self, request: AwsRequest) -> Output:
        """AWS keeps jobs for 30 days; filtered as asked, newest first."""
        wanted = {"state": request.get("ByState"), "vault": request.get("ByBackupVaultName")}
        return {"BackupJobs": self._kept(request, self.jobs, wanted)}

    @answers("ListCopyJobs")
    def list_copy_jobs(self, request: AwsRequest) -> Output:
        """Kept as long as backup jobs; filtered as asked, newest first."""
        wanted = {
            "state": request.get("ByState"),
            "to_vault_arn": request.get("ByDestinationVaultArn"),
        }
        return {"CopyJobs": self._kept(request, self.copy_jobs, wanted)}

    @answers("ListRestoreJobs")
    def list_restore_jobs(self, request: AwsRequest) -> Output:
        """Kept as long as backup jobs, since AWS promises no longer; filtered, newest first."""
        wanted = {
            "status": request.get("ByStatus"),
            "testing_plan_arn": request.get("ByRestoreTestingPlanArn"),
        }
        return {"RestoreJobs": self._kept(request, self.restore_jobs, wanted)}

    @answers("CreateRestoreTestingPlan")
    def create_testing_plan(self, request: AwsRequest) -> Output:
        """It has never run."""
        wanted = request["RestoreTestingPlan"]
        name = wanted["RestoreTestingPlanName"]
        plan: Output = {
            "CreationTime": now(),
            "RestoreTestingPlanArn": f"arn:aws:backup:{request.region}:{self.moto.account_id}:"
            f"restore-testing-plan:{name}-{uuid4()}",
            "RestoreTestingPlanName": name,
        }
        self.testing_plans[request.region][name] = {
            **plan,
            "ScheduleExpression": wanted["ScheduleExpression"],
            "ScheduleExpressionTimezone": wanted.get("ScheduleExpressionTimezone", "Etc/UTC"),
            "StartWindowHours": wanted.get("StartWindowHours", 24),
        }
        return plan

    @answers("ListRestoreTestingPlans")
    def list_testing_plans(self, request: AwsRequest) -> Output:
        """As they are held."""
        return {"RestoreTestingPlans": list(self.testing_plans[request.region].values())}

    @answers("DescribeRegionSettings")
    def describe_region_settings(self, _: AwsRequest) -> Output:
        """Opted in to every kind of resource."""
        kinds = dict.fromkeys(sorted(set(_RESOURCE_TYPES.values())), True)
        return {
            "ResourceTypeOptInPreference": kinds,
            "ResourceTypeManagementPreference": {"DynamoDB": True, "EFS": True},
        }

    @amends("ListBackupVaults", "DescribeBackupVault")
    def describe_vaults(self, request: AwsRequest, output: Output) -> Output:
        """Moto counts no recovery points, and knows no types of vault."""
        points = self.recovery_points[request.region]
        for vault in output.get("BackupVaultList", [output]):
            name = vault["BackupVaultName"]
            vault["NumberOfRecoveryPoints"] = sum(point.vault == name for point in points)
            vault["VaultState"] = "AVAILABLE"
            vault["VaultType"] = (
                "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
                if (request.region, name) in self.air_gapped
                else "BACKUP_VAULT"
            )
        return output

    def _require_vault(self, request: AwsRequest, vault: str) -> None:
        """Raises if the vault does not exist."""
        if vault not in self.moto.backend("backup", request.region).vaults:
            message = f"Backup vault {vault} does not exist."
            raise ServiceError(message, code="ResourceNotFoundException")

    def _existing_plan(self, request: AwsRequest) -> str:
        plan = self.moto.backend("backup", request.region).plans.get(request["BackupPlanId"])
        if plan is None or plan.deletion_date is not None:
            message = "Cannot find Backup plan"
            raise ServiceError(message, code="ResourceNotFoundException")
        return str(request["BackupPlanId"])

    def _kept(
        self, request: AwsRequest, jobs: dict[str, list[Any]], wanted: dict[str, Any]
    ) -> list[Output]:
        """The jobs that AWS still lists, of the wanted attributes; None is whatever they are."""
        found = [
            job
            for job in list(jobs[request.region])
            if job.created > now() - _JOBS_KEPT
            and all(value in {None, getattr(job, name)} for name, value in wanted.items())
            and _wanted(request, job.resource_arn, job.created)
        ]
        return self._described(request, found)

    def _described(self, request: AwsRequest, found: list[Any]) -> list[Output]:
        newest_first = sorted(found, key=lambda each: each.created, reverse=True)
        return [each.described(request.region, self.moto.account_id) for each in newest_first]


def _wanted(request: AwsRequest, resource_arn: str, created: datetime) -> bool:
    after, before = request.get("ByCreatedAfter"), request.get("ByCreatedBefore")
    return (
        request.get("ByResourceArn") in {None, resource_arn}
        and request.get("ByResourceType") in {None, resource_type(resource_arn)}
        and (after is None or created > after)
        and (before is None or created < before)
    )
