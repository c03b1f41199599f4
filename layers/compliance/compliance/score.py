"""The compliance score and the coverage beside it: pure arithmetic over item results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.model import Severity, Status

__all__ = ["Score", "score_of"]

_FOR = Status.PASS
_AGAINST = (Status.FAIL, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Score:
    """Weight of PASS over weight of PASS, FAIL and UNKNOWN, 0-100; None where nothing weighs.

    `coverage` is the share of the items that something decided, 0-100: it says how much of the
    score is knowledge. Exceptions and what does not apply weigh nothing, and are counted apart.
    """

    value: float | None
    coverage: float | None
    counts: dict[Status, int]


def _percent(part: int, whole: int) -> float | None:
    """To one decimal and rounded down: 100 means all, never nearly all."""
    return 1000 * part // whole / 10 if whole else None


def score_of(outcomes: Iterable[tuple[Severity, Status]]) -> Score:
    """The score of some items, each given by its severity and its status."""
    passing = weighing = decided = total = 0
    counts: Counter[Status] = Counter()
    for severity, status in outcomes:
        counts[status] += 1
        total += 1
        decided += status.decided
        if status is _FOR:
            passing += severity.weight
        if status is _FOR or status in _AGAINST:
            weighing += severity.weight
    return Score(
        value=_percent(passing, weighing),
        coverage=_percent(decided, total),
        counts={status: counts[status] for status in Status},
    )
