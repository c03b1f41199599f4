"""AWS Organizations, one global service."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.organizations import Organization
from compliance.registry import Read, collector

DESCRIBE_ORGANIZATION = Read(
    "organizations", "DescribeOrganization", absent=frozenset({"AWSOrganizationsNotInUseException"})
)


@collector(DESCRIBE_ORGANIZATION, single_account="account.single_account")
def organization(reader: Reader, *, single_account: bool) -> Iterator[Organization]:
    """The account's organization, or none; not asked for where the account is to stand alone."""
    if not single_account and (answer := reader.call(DESCRIBE_ORGANIZATION)):
        yield Organization(answer["Organization"]["Arn"])
