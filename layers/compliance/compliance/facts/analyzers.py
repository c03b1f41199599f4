"""IAM Access Analyzer: who watches for access from outside, and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Analyzer:
    """An analyzer of external access; those of unused or internal access are none.

    `status` is ACTIVE, CREATING, DISABLED or FAILED.
    Source: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_AnalyzerSummary.html
    """

    arn: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class ExternalAccess:
    """An active finding on a resource of this account. `error`: it could not be analysed.

    Source: https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingSummaryV2.html
    """

    id: str
    analyzer_arn: str
    resource: str
    resource_type: str
    error: str = ""
