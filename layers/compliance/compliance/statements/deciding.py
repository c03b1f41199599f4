"""An item's verdict together with what people stated of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from compliance.model import (
    Gap,
    How,
    Item,
    ItemResult,
    Offender,
    Status,
    describe,
    plural,
)
from compliance.statements.records import ItemException, Quantity
from compliance.statements.standing import Exceptions, Standing, Statements, resource_of

__all__ = ["NO_STATEMENTS", "decide", "stated_value"]

NO_STATEMENTS = Gap("statements", "NoState", "name the stack whose table holds them, or a file")
"""The gap of a run that was given no statements: nobody can tell what was stated."""


def decide(result: ItemResult, statements: Statements | Gap, now: datetime) -> ItemResult:
    """What becomes of an item that its check judged as `result`, with what people stated of it.

    An attested item also needs a valid attestation, and nothing that its check saw may contradict
    it. Where a check found nothing to judge there is nothing to attest either, unless the item is
    for people alone. Where either is enough, a check that passes asks for no statement, and a valid
    statement stands for a check that does not. What an exception in force accepts does not fail the
    item, and does not pass it. Statements that could not be read are neither there nor missing.
    """
    item = result.item
    if result.status is Status.NOT_APPLICABLE and (item.how is not How.ATTEST or not item.check):
        return result
    if item.how is How.ATTEST and not item.check:
        result = ItemResult(item, Status.PASS, "", unseen=frozenset())
    passes_alone = item.either and result.status is Status.PASS
    stated = item.how is not How.CHECK and not passes_alone
    if isinstance(statements, Gap):
        unread = _unread(result, statements) if stated else result
        return replace(unread, exceptions_unread=True)
    decided = result
    if stated:
        standing = statements.standing(item, now)
        decided = _either(result, standing) if item.either else _attested(result, standing)
    return _excepted(decided, statements.exceptions(item, now))


def stated_value(item: Item, statements: Statements | Gap, now: datetime) -> Quantity | None:
    """The value that a valid attestation of the item states, which its check may contradict."""
    if item.how is How.CHECK or isinstance(statements, Gap):
        return None
    standing = statements.standing(item, now)
    return standing.attestation.evidence.value if standing.attestation and standing.holds else None


def _attested(result: ItemResult, standing: Standing) -> ItemResult:
    """The result with the attestation as one more thing that was looked at."""
    name = resource_of(result.item.id)
    seen = replace(
        result,
        standing=standing,
        evaluated=(*result.evaluated, name),
        seen=result.seen | {name},
    )
    if standing.fault is not None:
        words = _and(standing.summary, result.summary if result.offenders else "")
        reason = f"incomplete: {describe(result.gaps)}" if result.gaps else None
        return replace(
            seen,
            status=Status.FAIL,
            summary=words,
            reason=reason,
            offenders=(*result.offenders, standing.fault),
        )
    if result.status in {Status.FAIL, Status.UNKNOWN}:
        return replace(seen, summary=_and(result.summary, standing.summary))
    return replace(
        seen, status=Status.PASS, reason=None, summary=_and(standing.summary, result.summary)
    )


def _either(result: ItemResult, standing: Standing) -> ItemResult:
    """The result of a check that did not pass, with the attestation that may stand for it."""
    if standing.fault is None:
        instead = replace(result, status=Status.PASS, summary="", offenders=(), gaps=())
        return _attested(instead, standing)
    if result.status is Status.UNKNOWN:
        return replace(result, standing=standing)
    return _attested(result, standing)


def _unread(result: ItemResult, gap: Gap) -> ItemResult:
    """Nothing is known of the attestation; what the check saw still counts against the item."""
    name = resource_of(result.item.id)
    gaps = (*result.gaps, gap)
    unseen = None if result.unseen is None else result.unseen | {name}
    if result.item.either:
        result, unseen = replace(result, offenders=()), None
    if result.offenders:
        reason = f"incomplete: {describe(gaps)}"
        return replace(result, gaps=gaps, unseen=unseen, reason=reason)
    reason = f"cannot see: {describe(gaps)}"
    return replace(
        result, status=Status.UNKNOWN, summary=reason, reason=reason, gaps=gaps, unseen=unseen
    )


def _excepted(result: ItemResult, exceptions: Exceptions) -> ItemResult:
    """The result without the offenders that somebody accepted until a date."""
    if not exceptions.in_force and not exceptions.others:
        return result
    left: list[Offender] = []
    accepted = []
    for offender in result.offenders:
        exception = exceptions.accepting(offender)
        if exception is None:
            left.append(offender)
        else:
            accepted.append((offender, exception))
    kept = replace(result, offenders=tuple(left), accepted=tuple(accepted), exceptions=exceptions)
    if not accepted:
        return kept
    words = f"{plural(len(accepted), 'offender')} accepted until {_first_end(accepted)}"
    if left:
        return replace(kept, summary=f"{result.summary}; {words}")
    if result.gaps:
        reason = f"cannot see: {describe(result.gaps)}"
        return replace(kept, status=Status.UNKNOWN, summary=f"{reason}; {words}", reason=reason)
    return replace(kept, status=Status.EXCEPTED, summary=words, reason=words)


def _first_end(accepted: list[tuple[Offender, ItemException]]) -> str:
    return f"{min(exception.until for _, exception in accepted):%Y-%m-%d}"


def _and(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)
