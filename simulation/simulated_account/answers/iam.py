"""IAM: moto's credential report has no root and an old date, and root's security cannot be set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moto.iam.models import AWSManagedPolicy

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

_ADMINISTRATOR_ACCESS = "AdministratorAccess"
_NOT_YET = {
    "STARTED": ("ReportNotPresent", "No report was generated."),
    "INPROGRESS": ("ReportInProgress", "The report is being generated."),
}


class Iam(ServiceAnswers):
    """The credential report, and how root can be entered."""

    service = "iam"

    def __init__(self, moto: MotoAccount) -> None:
        """Root with a password and a second factor; a report is made at once, and kept current."""
        super().__init__(moto)
        self.root = {
            "AccountMFAEnabled": 1,
            "AccountPasswordPresent": 1,
            "AccountAccessKeysPresent": 0,
        }
        self.report_made_at: datetime | None = None
        self.report_states: list[str] = []

    def date_user(self, name: str, created: datetime) -> None:
        """A user that was made at another time."""
        user = self.moto.backend("iam").users[name]
        user.create_date = created.astimezone(UTC).replace(tzinfo=None)

    def date_access_key(
        self, user: str, key_id: str, *, created: datetime, used: datetime | None = None
    ) -> None:
        """An access key that was made, and last used, at another time."""
        key = self.moto.backend("iam").users[user].get_access_key_by_id(key_id)
        key.create_date = created.astimezone(UTC).replace(tzinfo=None)
        key.last_used = used.astimezone(UTC).replace(tzinfo=None) if used else None

    @answers("AttachUserPolicy")
    def attach_user_policy(self, request: AwsRequest) -> Output:
        """Moto has AWS's own policies only where it loads all of them, which takes long."""
        if request["PolicyArn"].endswith(f"::aws:policy/{_ADMINISTRATOR_ACCESS}"):
            self._offer_administrator_access()
        return self.from_moto(request)

    def _offer_administrator_access(self) -> None:
        backend = self.moto.backend("iam")
        if all(policy.name != _ADMINISTRATOR_ACCESS for policy in backend.aws_managed_policies):
            policy = AWSManagedPolicy.from_data(
                _ADMINISTRATOR_ACCESS,
                self.moto.account_id,
                backend.region_name,
                {
                    "DefaultVersionId": "v1",
                    "Path": "/",
                    "Document": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
                    },
                    "CreateDate": "2015-02-06T18:39:46+00:00",
                    "UpdateDate": "2015-02-06T18:39:46+00:00",
                },
            )
            backend.aws_managed_policies.append(policy)
            backend.managed_policies[policy.arn] = policy

    @amends("GetAccountSummary")
    def summary(self, _: AwsRequest, output: Output) -> Output:
        """With what was said of root."""
        output["SummaryMap"] |= self.root
        return output

    @answers("GenerateCredentialReport")
    def generate_report(self, _: AwsRequest) -> Output:
        """Each state of `report_states` is answered once, from then on COMPLETE."""
        state = self.report_states.pop(0) if self.report_states else "COMPLETE"
        return {"State": state, "Description": "A report of the account's credentials."}

    @answers("GetCredentialReport")
    def report(self, _: AwsRequest) -> Output:
        """Every user there is, after root, as of `report_made_at` or now."""
        if self.report_states:
            code, message = _NOT_YET[self.report_states[0]]
            raise ServiceError(message, code=code, status=410)
        backend = self.moto.backend("iam")
        backend.generate_report()
        heading, *rows = backend.get_credential_report().splitlines()
        root = {
            "user": "<root_account>",
            "arn": f"arn:aws:iam::{self.moto.account_id}:root",
            "user_creation_time": "2019-03-04T09:12:55+00:00",
            "password_enabled": "not_supported",
            "password_last_changed": "not_supported",
            "password_next_rotation": "not_supported",
            "mfa_active": str(self.root["AccountMFAEnabled"] == 1).lower(),
        }
        named = heading.split(",")
        first = ",".join(root.get(n, "false" if n.endswith("active") else "N/A") for n in named)
        return {
            "Content": "\n".join([heading, first, *rows]).encode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": self.report_made_at or now(),
        }
