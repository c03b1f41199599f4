"""IAM, one global service: users and root, in a few bulk reads however many users there are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.users import AccessKey, Credentials, RootAccess, UnlimitedPolicy, User
from compliance.model import Gap
from compliance.printable import minute
from compliance.registry import Read, collector

GET_AUTHORIZATION_DETAILS = Read("iam", "GetAccountAuthorizationDetails")
GET_SUMMARY = Read("iam", "GetAccountSummary")
GENERATE_REPORT = Read("iam", "GenerateCredentialReport")
GET_REPORT = Read(
    "iam",
    "GetCredentialReport",
    absent=frozenset({"ReportNotPresent", "ReportInProgress", "ReportExpired"}),
)

_PAUSES_SECONDS = (1, 2, 4, 8, 15, 15, 15)
_NEVER = frozenset({"", "N/A", "no_information", "not_supported"})


@collector(GET_AUTHORIZATION_DETAILS)
def users(reader: Reader) -> Iterator[User]:
    """Every user with its own policies, up to 1,000 a page."""
    for page in reader.pages(GET_AUTHORIZATION_DETAILS, Filter=["User"], MaxItems=1000):
        for user in page.get("UserDetailList", ()):
            yield User(
                arn=user["Arn"],
                name=user["UserName"],
                created_at=user["CreateDate"],
                attached_policies=tuple(
                    policy["PolicyArn"] for policy in user.get("AttachedManagedPolicies", ())
                ),
                unlimited_inline_policies=tuple(
                    policy["PolicyName"]
                    for policy in user.get("UserPolicyList", ())
                    if _allows_everything(policy["PolicyDocument"])
                ),
            )


@collector(GET_AUTHORIZATION_DETAILS)
def unlimited_policies(reader: Reader) -> Iterator[UnlimitedPolicy]:
    """Every customer managed policy that allows everything, by its default version."""
    pages = reader.pages(GET_AUTHORIZATION_DETAILS, Filter=["LocalManagedPolicy"], MaxItems=1000)
    for page in pages:
        for policy in page.get("Policies", ()):
            if any(
                version["IsDefaultVersion"] and _allows_everything(version["Document"])
                for version in policy.get("PolicyVersionList", ())
            ):
                yield UnlimitedPolicy(policy["Arn"])


def _allows_everything(document: Mapping[str, Any]) -> bool:
    """Whether a statement allows every action on everything; a condition does not lessen that."""
    return any(
        statement.get("Effect") == "Allow"
        and {"*", "*:*"} & set(_listed(statement.get("Action", ())))
        and "*" in _listed(statement.get("Resource", ()))
        for statement in _listed(document.get("Statement", ()))
    )


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 -- a policy writes one thing as itself, several as a list
    return [value] if isinstance(value, (str, Mapping)) else list(value)


@collector(GET_SUMMARY)
def root_access(reader: Reader) -> Iterator[RootAccess]:
    """How root can be entered: one record, or none where it could not be seen."""
    summary = (reader.call(GET_SUMMARY) or {})["SummaryMap"]
    where = reader.identity
    yield RootAccess(
        arn=f"arn:{where.partition}:iam::{where.account}:root",
        password=summary.get("AccountPasswordPresent", 1) > 0,
        mfa=summary["AccountMFAEnabled"] > 0,
        access_keys=summary["AccountAccessKeysPresent"] > 0,
    )


@collector(GENERATE_REPORT, GET_REPORT)
def credentials(reader: Reader, users: Sequence[User]) -> Iterator[Credentials]:
    """The credentials of every user there is, by the account's credential report.

    AWS makes a report at most every four hours. A user that it does not know, or that is younger
    than it and may bear the name of an earlier one, is therefore a gap and not a user without
    credentials; one that is only in the report was deleted since.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
    """
    report = _report(reader)
    made_at: datetime = report["GeneratedTime"]
    rows = {row["arn"]: row for row in _rows(report["Content"])}
    for user in users:
        row = rows.get(user.arn)
        if row is None or user.created_at > made_at:
            message = f"the report of {minute(made_at)} is older than the user"
            reader.doubt(Gap(GET_REPORT.action, "ReportOutdated", message, user.arn))
            continue
        yield Credentials(
            user_arn=user.arn,
            user_name=user.name,
            password=_is_true(row, "password_enabled"),
            mfa=_is_true(row, "mfa_active"),
            access_keys=tuple(_active_keys(row, user)),
        )


def _report(reader: Reader) -> Mapping[str, Any]:
    """The report once it is there; asking for it anew while one is made, or is fresh, is harmless.

    Raises ReadFailed where it takes longer than about a minute, or than the run may.
    """
    state = ""
    for pause in (0, *_PAUSES_SECONDS):
        reader.pause(GENERATE_REPORT, pause)
        state = (reader.call(GENERATE_REPORT) or {}).get("State", "")
        if state == "COMPLETE" and (report := reader.call(GET_REPORT)):
            return report
    waited = f"the credential report is not there after {sum(_PAUSES_SECONDS):g} s"
    raise ReadFailed(Gap(GET_REPORT.action, "ReportInProgress", f"{waited}: {state}"))


def _rows(content: bytes) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(io.StringIO(content.decode()))


def _is_true(row: Mapping[str, str], column: str) -> bool:
    return row[column].lower() == "true"


def _active_keys(row: Mapping[str, str], user: User) -> Iterator[AccessKey]:
    for number in (1, 2):
        column = f"access_key_{number}"
        if _is_true(row, f"{column}_active"):
            yield AccessKey(
                number,
                _time(row[f"{column}_last_rotated"]) or user.created_at,
                _time(row[f"{column}_last_used_date"]),
            )


def _time(value: str) -> datetime | None:
    if value in _NEVER:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
