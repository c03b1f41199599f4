"""The report of a run: plain data of a published shape (`report.schema.json`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.engine import Evaluation, remedy
from compliance.model import Identity, ItemResult, Offender, Status
from compliance.score import Score, score_of
from compliance.statements.document import evidence_data
from compliance.statements.records import Attestation, ItemException
from compliance.statements.standing import Standing

__all__ = [
    "SCHEMA",
    "SCHEMA_VERSION",
    "Calls",
    "History",
    "Point",
    "Report",
    "report_by",
    "report_of",
]

SCHEMA = Path(__file__).with_name("report.schema.json")
SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Calls:
    """What a run asked of AWS: API calls by `service:Operation` (each page is one), and trouble."""

    operations: Mapping[str, int] = field(default_factory=dict)
    retries: int = 0
    throttles: int = 0

    @property
    def total(self) -> int:
        """All calls, without the retries of botocore."""
        return sum(self.operations.values())


@dataclass(frozen=True, slots=True)
class Point:
    """What the monitor made of the whole checklist at some moment."""

    at: datetime
    score: float | None
    coverage: float | None
    failing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class History:
    """What the monitor remembers: each item's status and its beginning, and how the score went.

    `trend` is oldest first.
    """

    since: Mapping[str, tuple[Status, datetime]]
    trend: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A run as people and machines read it; `items` as in the JSON, in the checklist's order.

    `history` is None where the run knew no state. `remembered` tells that nothing was evaluated:
    all of it is what the monitor's state holds.
    """

    identity: Identity
    workload: str
    environment: str
    evaluated_at: datetime
    duration_seconds: float
    calls: Calls
    score: Score
    sections: Mapping[str, Score]
    titles: Mapping[str, str]
    results: Mapping[str, ItemResult]
    remedies: Mapping[str, tuple[str, ...]]
    history: History | None = None
    remembered: bool = False

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of `report.schema.json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "workload": self.workload,
            "account": self.identity.account,
            "region": self.identity.region,
            "environment": self.environment,
            "source": "state" if self.remembered else "evaluation",
            "evaluated_at": _utc(self.evaluated_at),
            "duration_seconds": round(self.duration_seconds, 3),
            "api_calls": {
                "total": self.calls.total,
                "retries": self.calls.retries,
                "throttles": self.calls.throttles,
                "operations": dict(sorted(self.calls.operations.items())),
            },
            "score": self.score.value,
            "coverage": self.score.coverage,
            "counts": dict(self.score.counts),
            "sections": {
                name: {
                    "title": self.titles[name],
                    "score": score.value,
                    "coverage": score.coverage,
                    "counts": dict(score.counts),
                }
                for name, score in self.sections.items()
            },
            "items": [self._item(result) for result in self.results.values()],
            "trend": self._trend(),
        }

    def since(self, result: ItemResult) -> datetime | None:
        """Since when the item has its status; None where the state knows another one, or none."""
        known = self.history.since.get(result.item.id) if self.history else None
        return known[1] if known and known[0] is result.status else None

    def _trend(self) -> list[dict[str, Any]] | None:
        if self.history is None:
            return None
        return [
            {
                "at": _utc(point.at),
                "score": point.score,
                "coverage": point.coverage,
                "fail": point.failing,
                "unknown": point.unknown,
            }
            for point in self.history.trend
        ]

    def _item(self, result: ItemResult) -> dict[str, Any]:
        item = result.item
        since = self.since(result)
        return {
            "id": item.id,
            "section": item.section,
            "title": item.title,
            "severity": item.severity.value,
            "how": item.how.value,
            "status": result.status.value,
            "summary": result.summary,
            "evaluated": len(result.evaluated),
            "offenders": [
                {
                    "resource": offender.resource,
                    "fault": offender.fault,
                    "observed": offender.observed,
                    "expected": offender.expected,
                }
                for offender in result.offenders
            ],
            "reason": result.reason,
            "why": item.why,
            "remediation": list(self.remedies.get(item.id, ())),
            "attestation": _attestation(result.standing),
            "exception": _exceptions(result),
            "since": _utc(since) if since else None,
        }


def _attestation(standing: Standing | None) -> dict[str, Any] | None:
    """Who stated the item, on what evidence and until when; None where nobody ever did."""
    stated = standing.attestation if standing else None
    if standing is None or stated is None:
        return None
    return {
        **_by(stated),
        "valid_until": _utc(stated.valid_until),
        "evidence": evidence_data(stated.evidence),
        "note": stated.note,
        "fault": standing.fault.fault if standing.fault else None,
    }


def _exceptions(result: ItemResult) -> list[dict[str, Any]] | None:
    """Every exception of the item with how many offenders it accepts, and why it does not count."""
    if result.exceptions is None:
        return None
    matches = Counter(exception.id for _, exception in result.accepted)
    standing = [(each, None) for each in result.exceptions.in_force]
    return [
        {
            **_by(each),
            "id": each.id,
            "resource": each.resource,
            "faults": sorted(each.faults),
            "until": _utc(each.until),
            "reason": each.reason,
            "accepts": matches[each.id],
            "not_in_force": why.value if why else None,
        }
        for each, why in (*standing, *result.exceptions.others)
    ]


def _by(statement: Attestation | ItemException) -> dict[str, Any]:
    author = statement.author
    return {
        "by": author.name,
        "identity": author.arn or author.user_id or None,
        "at": _utc(statement.at),
    }


def report_of(
    evaluation: Evaluation,
    baseline: Baseline,
    checklist: Checklist,
    calls: Calls,
    history: History | None = None,
) -> Report:
    """The report of an evaluation: scores overall and by section, and how to mend each fault."""
    report = report_by(evaluation.results, evaluation.identity, baseline, checklist, evaluation.at)
    return replace(
        report,
        duration_seconds=evaluation.duration_seconds,
        calls=calls,
        history=history,
    )


def report_by(
    results: Mapping[str, ItemResult],
    identity: Identity,
    baseline: Baseline,
    checklist: Checklist,
    at: datetime,
) -> Report:
    """The report of results as of `at`, wherever they came from."""
    by_section: dict[str, list[ItemResult]] = {}
    for result in results.values():
        by_section.setdefault(result.item.section, []).append(result)
    return Report(
        identity=identity,
        workload=str(baseline["workload"]),
        environment=str(baseline["environment"]),
        evaluated_at=at,
        duration_seconds=0.0,
        calls=Calls(),
        score=_score(results.values()),
        sections={name: _score(members) for name, members in by_section.items()},
        titles=checklist.sections,
        results=results,
        remedies={
            name: _remedies(result, identity, baseline)
            for name, result in results.items()
            if result.offenders
        },
    )


def _score(results: Any) -> Score:  # noqa: ANN401 -- any iterable of results
    return score_of((result.item.severity, result.status) for result in results)


def _remedies(result: ItemResult, identity: Identity, baseline: Baseline) -> tuple[str, ...]:
    """A command for the first offender of each fault."""
    first: dict[str, Offender] = {}
    for offender in result.offenders:
        first.setdefault(offender.fault, offender)
    commands = (remedy(result.item, offender, identity, baseline) for offender in first.values())
    return tuple(dict.fromkeys(command for command in commands if command))


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
