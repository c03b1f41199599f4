"""What a run leaves behind: each item saved with its changes, then the run itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.checklist import Checklist
from compliance.drift import Kind, Step
from compliance.engine import Evaluation
from compliance.model import Item, Severity, Status
from compliance.score import Score, score_of
from compliance.sinks.state import Head, Run, StateTable

__all__ = ["Overall", "Recorded", "overall", "record"]


@dataclass(frozen=True, slots=True)
class Overall:
    """The figures over every item of the checklist, whichever family saw it last."""

    score: Score
    sections: Mapping[str, Score]
    failing: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run changed, by item, and the figures before and after it."""

    steps: Mapping[str, Step]
    before: Overall
    overall: Overall

    @property
    def drifted(self) -> int:
        """How many items drifted."""
        return self._count(Kind.DRIFTED)

    @property
    def recovered(self) -> int:
        """How many items recovered."""
        return self._count(Kind.RECOVERED)

    def _count(self, kind: Kind) -> int:
        return sum(change.kind is kind for step in self.steps.values() for change in step.changes)


def record(
    table: StateTable,
    evaluation: Evaluation,
    checklist: Checklist,
    *,
    run: str,
    families: Sequence[str],
) -> Recorded:
    """Save every item of an evaluation, and then the run that tells about them.

    Raises ExceptionGroup where some items could not be saved, after all others were and were told;
    such a run covers no family, so that its hourly items are due again at once. Ended anywhere, it
    can be done again under the same `run`: what was saved is not told again, and the run that is
    closed in the end tells of all that either saved.
    """
    heads = table.heads()
    wanted = [heads.get(name) or Head.of(name) for name in evaluation.results]
    before = overall(checklist, heads)
    steps: dict[str, Step] = {}
    failed: list[Exception] = []
    for name, head in table.with_offences(wanted).items():
        try:
            _, steps[name] = table.record(head, evaluation.results[name], evaluation.at, run)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it holds up no other item
            failed.append(error)
    heads = table.heads()
    after = overall(checklist, heads)
    enrolled = [name for name, head in heads.items() if head.enrolled_in == run]
    failing = [name for name in enrolled if heads[name].now == Status.FAIL.value]
    covered = () if failed else families
    table.close(Run(run, evaluation.at, covered, figures_of(after), enrolled, failing))
    if failed:
        message = f"{len(failed)} items could not be saved"
        raise ExceptionGroup(message, failed)
    return Recorded(steps, before, after)


def overall(checklist: Checklist, heads: Mapping[str, Head]) -> Overall:
    """The figures over all items; one that was never seen is UNKNOWN."""

    def status(item: Item) -> Status:
        head = heads.get(item.id)
        return Status(head.now) if head else Status.UNKNOWN

    items = list(checklist.items.values())
    return Overall(
        score=score_of((item.severity, status(item)) for item in items),
        sections={
            section: score_of((i.severity, status(i)) for i in items if i.section == section)
            for section in checklist.sections
        },
        failing={
            severity: sum(i.severity is severity and status(i) is Status.FAIL for i in items)
            for severity in Severity
        },
    )


def figures_of(figures: Overall) -> dict[str, Any]:
    """The figures as a run remembers them."""
    return {
        "score": figures.score.value,
        "coverage": figures.score.coverage,
        **{status.value: count for status, count in figures.score.counts.items()},
        "failing": {severity.value: count for severity, count in figures.failing.items()},
    }
