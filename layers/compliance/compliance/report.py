"""The report of a run: plain data of a published shape (`report.schema.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.engine import Evaluation, remedy
from compliance.model import Identity, ItemResult, Offender
from compliance.score import Score, score_of

__all__ = ["SCHEMA", "SCHEMA_VERSION", "Calls", "Report", "report_of"]

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
class Report:
    """A run as people and machines read it; `items` as in the JSON, in the checklist's order."""

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

    def to_json(self) -> dict[str, Any]:
        """The report in the shape of `report.schema.json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "workload": self.workload,
            "account": self.identity.account,
            "region": self.identity.region,
            "environment": self.environment,
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
        }

    def _item(self, result: ItemResult) -> dict[str, Any]:
        item = result.item
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
            "attestation": None,
            "exception": None,
            "since": None,
        }


def report_of(
    evaluation: Evaluation, baseline: Baseline, checklist: Checklist, calls: Calls
) -> Report:
    """The report of an evaluation: scores overall and by section, and how to mend each fault."""
    results = evaluation.results
    by_section: dict[str, list[ItemResult]] = {}
    for result in results.values():
        by_section.setdefault(result.item.section, []).append(result)
    return Report(
        identity=evaluation.identity,
        workload=str(baseline["workload"]),
        environment=str(baseline["environment"]),
        evaluated_at=evaluation.at,
        duration_seconds=evaluation.duration_seconds,
        calls=calls,
        score=_score(results.values()),
        sections={name: _score(members) for name, members in by_section.items()},
        titles=checklist.sections,
        results=results,
        remedies={
            name: _remedies(result, evaluation.identity, baseline)
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
