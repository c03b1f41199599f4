"""Amazon Inspector, in the region that is evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.inspector import Finding, Scan
from compliance.model import Gap
from compliance.registry import Read, collector

BATCH_GET_ACCOUNT_STATUS = Read("inspector2", "BatchGetAccountStatus")
LIST_FINDINGS = Read("inspector2", "ListFindings")

_KINDS = {
    "EC2": "ec2",
    "ECR": "ecr",
    "LAMBDA": "lambda",
    "LAMBDA_CODE": "lambdaCode",
    "CODE_REPOSITORY": "codeRepository",
}
_QUALIFIED_FUNCTION_PARTS = 8


@collector(BATCH_GET_ACCOUNT_STATUS)
def scans(reader: Reader) -> Iterator[Scan]:
    """Whether each kind of resource of this account is scanned."""
    account = reader.identity.account
    answer = reader.call(BATCH_GET_ACCOUNT_STATUS, accountIds=[account]) or {}
    for each in answer.get("failedAccounts", ()):
        code, message = each["errorCode"], each["errorMessage"]
        raise ReadFailed(Gap(BATCH_GET_ACCOUNT_STATUS.action, code, message))
    for each in answer["accounts"]:
        if each["accountId"] == account:
            for kind, member in _KINDS.items():
                state = each["resourceState"].get(member)
                yield Scan(kind, state["status"] if state else "DISABLED")


@collector(LIST_FINDINGS, days="security.critical_finding_days")
def critical_findings(
    reader: Reader, scans: Sequence[Scan], now: datetime, *, days: int
) -> Iterator[Finding]:
    """This account's critical findings that were open `days` ago and still are, 100 a page.

    An administrator account would be told those of its members too. One where nothing is scanned is
    refused, which would look like a missing permission, so that it is not asked.
    """
    if all(scan.status == "DISABLED" for scan in scans):
        return
    wanted = {
        "awsAccountId": [_is(reader.identity.account)],
        "severity": [_is("CRITICAL")],
        "findingStatus": [_is("ACTIVE")],
        "firstObservedAt": [{"endInclusive": now - timedelta(days=days)}],
    }
    for page in reader.pages(LIST_FINDINGS, filterCriteria=wanted, maxResults=100):
        for finding in page["findings"]:
            for resource in finding["resources"]:
                yield Finding(
                    resource=_unversioned(resource["id"]),
                    about=_about(finding),
                    title=finding.get("title", finding["description"]),
                    first_observed_at=finding["firstObservedAt"],
                )


def _is(value: str) -> dict[str, str]:
    return {"comparison": "EQUALS", "value": value}


def _unversioned(resource: str) -> str:
    """A function's ARN without the version that was scanned; everything else as it is."""
    parts = resource.split(":")
    qualified = len(parts) == _QUALIFIED_FUNCTION_PARTS and parts[2] == "lambda"
    return ":".join(parts[:-1]) if qualified else resource


def _about(finding: Mapping[str, Any]) -> str:
    package = finding.get("packageVulnerabilityDetails", {})
    code = finding.get("codeVulnerabilityDetails", {})
    named: str | None = package.get("vulnerabilityId") or code.get("detectorId")
    return named or str(finding["type"]).lower().replace("_", "-")
