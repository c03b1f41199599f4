"""AWS Organizations: moto keeps members in one place for all accounts, and cannot forget one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Organizations(ServiceAnswers):
    """The organization that the account is a member of, if any."""

    service = "organizations"

    def __init__(self, moto: MotoAccount) -> None:
        """Alone."""
        super().__init__(moto)
        self._described: Output | None = None

    def join(self, organization_id: str, management_account: str, email: str) -> None:
        """Becomes a member of another account's organization."""
        prefix = f"arn:aws:organizations::{management_account}"
        self._described = {
            "Id": organization_id,
            "Arn": f"{prefix}:organization/{organization_id}",
            "FeatureSet": "ALL",
            "MasterAccountArn": f"{prefix}:account/{organization_id}/{management_account}",
            "MasterAccountId": management_account,
            "MasterAccountEmail": email,
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        }

    @answers("DescribeOrganization")
    def describe(self, _: AwsRequest) -> Output:
        """An error where there is none."""
        if self._described is None:
            message = "Your account is not a member of an organization."
            raise ServiceError(message, code="AWSOrganizationsNotInUseException")
        return {"Organization": self._described}
