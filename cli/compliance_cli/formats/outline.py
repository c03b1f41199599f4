"""What a report says, in the order in which on-call needs it; every format for people follows it.

First what fails, the most severe on top; then what could not be seen, by its cause, because one
refused permission blinds many items; last, as a count, what nothing decides yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from compliance.model import NO_CHECK_YET, ItemResult, Offender, Severity, Status, name_of, plural
from compliance.report import Report
from compliance.score import Score
from compliance.statements.standing import Standing

__all__ = [
    "HOW_SCORED",
    "Blindness",
    "acceptances",
    "accepted",
    "attested",
    "blindnesses",
    "counted",
    "coverage_sentence",
    "extent",
    "failing",
    "left_out",
    "names",
    "percent",
    "ranked",
    "statements",
    "tally",
    "unchecked",
]

HOW_SCORED = (
    "Weight of what passes ÷ weight of what passes, fails or is unknown; "
    "critical weighs 8, high 4, medium 2, low 1."
)

_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Blindness:
    """One cause, and the items that could not be decided because of it."""

    reason: str
    results: tuple[ItemResult, ...]


def ranked(results: Iterable[ItemResult]) -> tuple[ItemResult, ...]:
    """The results by severity, and within one in the checklist's order."""
    return tuple(sorted(results, key=lambda result: _RANK[result.item.severity]))


def failing(report: Report) -> tuple[ItemResult, ...]:
    """What is not as it must be, the most severe first."""
    return ranked(result for result in report.results.values() if result.status is Status.FAIL)


def accepted(report: Report) -> tuple[ItemResult, ...]:
    """What fails in nothing but what somebody accepted, the most severe first."""
    return ranked(r for r in report.results.values() if r.status is Status.EXCEPTED)


def attested(report: Report) -> tuple[tuple[ItemResult, Standing], ...]:
    """The items that a person's word stands behind, that which ends first on top."""
    stated = [
        (result, result.standing, result.standing.attestation.valid_until)
        for result in report.results.values()
        if result.standing and result.standing.attestation and result.standing.holds
    ]
    return tuple((result, standing) for result, standing, _ in sorted(stated, key=itemgetter(2)))


def acceptances(result: ItemResult) -> tuple[str, ...]:
    """Who accepts what of the item until when and why, a sentence for each exception in force."""
    counts = Counter(exception.id for _, exception in result.accepted)
    in_force = result.exceptions.in_force if result.exceptions else ()
    return tuple(
        f"{_accepts(counts[each.id])} by {each.author.name} until {each.until:%Y-%m-%d}: "
        f"{each.reason}"
        for each in sorted(in_force, key=attrgetter("until"))
    )


def _accepts(offenders: int) -> str:
    return f"{plural(offenders, 'offender')} accepted" if offenders else "nothing left to accept"


def statements(result: ItemResult) -> tuple[str, ...]:
    """All that people stated of the item and that counts, a sentence each."""
    standing = result.standing
    if standing is None or standing.attestation is None or not standing.holds:
        return acceptances(result)
    return (f"{standing.summary}: {standing.attestation.evidence}", *acceptances(result))


def blindnesses(report: Report) -> tuple[Blindness, ...]:
    """What could not be seen, by its cause; the cause of the most severe item first."""
    by_reason: dict[str, list[ItemResult]] = {}
    for result in ranked(report.results.values()):
        if result.status is Status.UNKNOWN and result.reason != NO_CHECK_YET:
            by_reason.setdefault(result.reason or result.summary, []).append(result)
    return tuple(Blindness(reason, tuple(results)) for reason, results in by_reason.items())


def unchecked(report: Report) -> int:
    """How many items nothing decides yet."""
    return sum(
        result.status is Status.UNKNOWN and result.reason == NO_CHECK_YET
        for result in report.results.values()
    )


def percent(value: float | None) -> str:
    """A figure from 0 to 100 as people write it; n/a where nothing weighs.

    >>> percent(100.0), percent(31.4), percent(None)
    ('100', '31.4', 'n/a')
    """
    return "n/a" if value is None else f"{value:.1f}".removesuffix(".0")


def left_out(score: Score) -> int:
    """How many items the score leaves out: excepted, or not applicable."""
    return score.counts[Status.EXCEPTED] + score.counts[Status.NOT_APPLICABLE]


def tally(score: Score) -> str:
    """The counts in words; what nobody has is left out, except for what fails.

    >>> tally(Score(50.0, 100.0, {**dict.fromkeys(Status, 0), Status.PASS: 2}))
    '0 fail · 2 pass'
    """
    words = [f"{score.counts[Status.FAIL]} fail"]
    words += [
        f"{score.counts[status]} {word}"
        for status, word in (
            (Status.UNKNOWN, "unknown"),
            (Status.PASS, "pass"),
            (Status.EXCEPTED, "excepted"),
            (Status.NOT_APPLICABLE, "not applicable"),
        )
        if score.counts[status]
    ]
    return " · ".join(words)


def coverage_sentence(report: Report) -> str:
    """How many items are decided, and why the others are not: a low score may be ignorance."""
    total = len(report.results)
    unknown = report.score.counts[Status.UNKNOWN]
    unwritten = unchecked(report)
    unseen = unknown - unwritten
    decided = f"{total - unknown} of {plural(total, 'item')} decided"
    reasons = []
    if unwritten:
        reasons.append(f"{unwritten} {'has' if unwritten == 1 else 'have'} no check yet")
    if unseen:
        reasons.append(f"{unseen} could not be seen")
    return f"{decided}; {' and '.join(reasons)}." if reasons else f"{decided}."


def extent(result: ItemResult) -> str:
    """How much of what was judged offends, without the names: "2 of 24 tables"."""
    return result.summary.partition(": ")[0] if result.offenders else result.summary


def names(offenders: Sequence[Offender]) -> Mapping[str, str]:
    """The shortest name of each resource that tells it from the others: its own, or its ARN.

    A table and its replica in another region bear one name, and only one of them may offend.
    """
    resources = dict.fromkeys(offender.resource for offender in offenders)
    bearers = Counter(name_of(resource) for resource in resources)
    return {
        resource: name if bearers[name := name_of(resource)] == 1 else resource
        for resource in resources
    }


def counted(offenders: int, faults: int) -> str:
    """Whose commands are shown: one for the first offender of each kind of fault."""
    if offenders <= faults:
        return ""
    return "for the first" if faults == 1 else "for the first of each fault"
