"""What somebody accepted is neither drift nor recovery; its end is drift."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from example_statements import NOW, attestation, exception, item_of

from compliance.drift import Kind, Known, advance
from compliance.model import Gap, How, ItemResult, Offender, Status
from compliance.statements.deciding import decide
from compliance.statements.records import Statement
from compliance.statements.standing import Statements

OPEN = Offender("arn:one", "open", "open to all", "closed")
OLD = Offender("arn:two", "old", "3 years", "1 year")
UNREAD = Gap("dynamodb:Scan", "AccessDeniedException")


def found(*offenders: Offender) -> ItemResult:
    resources = ("arn:one", "arn:two")
    return ItemResult(
        item_of(How.CHECK),
        Status.FAIL if offenders else Status.PASS,
        "",
        resources,
        offenders,
        unseen=frozenset(),
        seen=frozenset(resources),
    )


def step(known: Known | None, result: ItemResult, *stated: Statement) -> tuple[Known, list[Kind]]:
    made = advance(known, decide(result, Statements.of(stated), NOW), NOW)
    return made.known, [change.kind for change in made.changes]


def test_accepting_a_fault_is_no_recovery() -> None:
    failing, _ = step(None, found(OPEN))
    accepted, told = step(failing, found(OPEN), exception())
    assert told == []
    assert (accepted.status, accepted.offences) == (Status.EXCEPTED, {})


def test_the_end_of_an_exception_is_drift() -> None:
    accepted, _ = step(None, found(OPEN), exception())
    failing, told = step(accepted, found(OPEN), exception(days_ago=25, days=20))
    assert told == [Kind.DRIFTED]
    assert set(failing.offences) == {OPEN.key}


def test_what_was_accepted_and_then_mended_is_told_to_nobody() -> None:
    accepted, _ = step(None, found(OPEN), exception())
    mended, told = step(accepted, found(), exception())
    assert told == []
    assert mended.status is Status.PASS


def test_a_new_offender_beside_an_exception_is_drift() -> None:
    accepted, _ = step(None, found(OPEN), exception())
    _, told = step(accepted, found(OPEN, OLD), exception())
    assert told == [Kind.DRIFTED]


def test_exceptions_that_cannot_be_read_for_once_raise_no_alarm() -> None:
    accepted, _ = step(None, found(OPEN), exception())
    blind = advance(accepted, decide(found(OPEN, OLD), UNREAD, NOW), NOW)
    assert [offence.offender for offence in blind.changes[0].offences] == [OLD]
    again, told = step(blind.known, found(OPEN, OLD), exception())
    assert told == []
    assert set(again.offences) == {OLD.key}


def test_a_missing_attestation_that_is_stated_has_recovered() -> None:
    item = item_of(How.ATTEST)
    undecided = replace(found(), item=item, status=Status.UNKNOWN)
    missing = advance(None, decide(undecided, Statements(), NOW), NOW).known
    assert set(missing.offences) == {("attestation:rollback.tested", "missing")}
    later = NOW + timedelta(days=1)
    made = advance(missing, decide(undecided, Statements.of([attestation(0)]), later), later)
    assert [change.kind for change in made.changes] == [Kind.RECOVERED]
