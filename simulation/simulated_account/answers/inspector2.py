"""Amazon Inspector: moto knows only accounts that used it, and filters no findings."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
)

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_KINDS = ("ec2", "ecr", "lambda", "lambdaCode", "codeRepository")
_VALUES = {
    "awsAccountId": lambda finding: [finding["awsAccountId"]],
    "severity": lambda finding: [finding["severity"]],
    "findingStatus": lambda finding: [finding["status"]],
    "resourceId": lambda finding: [each["id"] for each in finding["resources"]],
}


class Inspector2(ServiceAnswers):
    """What is scanned, and what was found."""

    service = "inspector2"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing found."""
        super().__init__(moto)
        self._findings: dict[str, list[Output]] = defaultdict(list)

    def add_finding(
        self, region: str, resource: str, first_observed: datetime, **changes: Any
    ) -> None:
        """An active critical finding of a package, unless `changes` say otherwise."""
        number = f"{len(self._findings[region]) + 1:032x}"
        account = self.moto.account_id
        self._findings[region].append(
            {
                "findingArn": f"arn:aws:inspector2:{region}:{account}:finding/{number}",
                "awsAccountId": account,
                "type": "PACKAGE_VULNERABILITY",
                "description": "A package has a known vulnerability.",
                "title": "CVE-2000-0001 - package",
                "severity": "CRITICAL",
                "status": "ACTIVE",
                "firstObservedAt": first_observed,
                "lastObservedAt": first_observed,
                "remediation": {"recommendation": {"text": "None Provided"}},
                "resources": [{"type": "AWS_LAMBDA_FUNCTION", "id": resource}],
                **changes,
            }
        )

    @amends("BatchGetAccountStatus")
    def account_status(self, request: AwsRequest, output: Output) -> Output:
        """Also of accounts in which nothing was ever scanned."""
        known = {each["accountId"]: each for each in output["accounts"]}
        output["accounts"] = [
            _complete(account, known.get(account, {}))
            for account in request.get("accountIds") or [self.moto.account_id]
        ]
        return output

    @answers("ListFindings")
    def list_findings(self, request: AwsRequest) -> Output:
        """By the criteria that the monitor has; refused where nothing is scanned."""
        status = self.moto.backend("inspector2", request.region).account_status
        if not any(each.to_json()["status"] == "ENABLED" for each in status.values()):
            message = "Invoking account does not have access to list findings"
            raise ServiceError(message, code="AccessDeniedException", status=403)
        wanted = request.get("filterCriteria", {})
        found = [each for each in self._findings[request.region] if _matches(each, wanted)]
        return {"findings": found}


def _complete(account: str, known: Output) -> Output:
    states = known.get("resourceState", {})
    return {
        "accountId": account,
        "state": _state(known.get("state", {})),
        "resourceState": {kind: _state(states.get(kind, {})) for kind in _KINDS},
    }


def _state(state: Output) -> Output:
    return {"status": state.get("status", "DISABLED"), "errorCode": "ALREADY_ENABLED"} | {
        "errorMessage": "Account is already enabled."
    }


def _matches(finding: Output, criteria: Output) -> bool:
    """Each criterion has to hold, by one of its alternatives."""
    return all(
        any(_holds(finding, name, each) for each in alternatives)
        for name, alternatives in criteria.items()
    )


def _holds(finding: Output, name: str, wanted: Output) -> bool:
    if name == "firstObservedAt":
        at: datetime = finding["firstObservedAt"]
        return bool(at <= wanted["endInclusive"].astimezone(UTC))
    values = _VALUES[name](finding)
    if wanted["comparison"] == "PREFIX":
        return any(value.startswith(wanted["value"]) for value in values)
    return wanted["value"] in values
