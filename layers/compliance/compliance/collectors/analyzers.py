"""IAM Access Analyzer in the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.analyzers import Analyzer, ExternalAccess
from compliance.registry import Read, collector

LIST_ANALYZERS = Read("accessanalyzer", "ListAnalyzers", ("access-analyzer:ListAnalyzers",))
LIST_FINDINGS = Read(
    "accessanalyzer",
    "ListFindingsV2",
    ("access-analyzer:ListFindings",),
    absent=frozenset({"ResourceNotFoundException"}),
)

_EXTERNAL = frozenset({"ACCOUNT", "ORGANIZATION"})


@collector(LIST_ANALYZERS)
def analyzers(reader: Reader) -> Iterator[Analyzer]:
    """Every analyzer of external access in the region, in whatever state."""
    for page in reader.pages(LIST_ANALYZERS):
        for analyzer in page["analyzers"]:
            if analyzer["type"] in _EXTERNAL:
                yield Analyzer(analyzer["arn"], analyzer["name"], analyzer["status"])


@collector(LIST_FINDINGS)
def external_access(reader: Reader, analyzers: Sequence[Analyzer]) -> Iterator[ExternalAccess]:
    """The active findings of each analyzer on resources of this account.

    An analyzer of an organization also finds those of every other account, which are not asked for.
    """
    for found in reader.each(analyzers, partial(_findings, reader)):
        yield from found


def _findings(reader: Reader, analyzer: Analyzer) -> list[ExternalAccess]:
    pages = reader.pages(
        LIST_FINDINGS,
        analyzerArn=analyzer.arn,
        filter={
            "status": {"eq": ["ACTIVE"]},
            "resourceOwnerAccount": {"eq": [reader.identity.account]},
        },
    )
    return [
        ExternalAccess(
            id=finding["id"],
            analyzer_arn=analyzer.arn,
            resource=finding.get("resource", f"finding:{finding['id']}"),
            resource_type=finding.get("resourceType", "resource"),
            error=finding.get("error", ""),
        )
        for page in pages
        for finding in page["findings"]
        if finding["status"] == "ACTIVE"
    ]
