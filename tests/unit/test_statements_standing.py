"""What attestations and exceptions are worth at a moment, whatever was stated before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from example_statements import LINK, NOW, attestation, exception, item_of, revocation
from hypothesis import given
from hypothesis import strategies as st

from compliance.model import Offender
from compliance.statements.records import (
    LONGEST_EXCEPTION,
    Attestation,
    Evidence,
    ItemException,
    Revocation,
    Statement,
)
from compliance.statements.standing import SKEW, Ended, Standing, Statements

ITEM = item_of()


def standing(*statements: Statement, at: datetime = NOW) -> Standing:
    return Statements.of(statements).standing(ITEM, at)


def fault(*statements: Statement) -> str | None:
    found = standing(*statements).fault
    return found.fault if found else None


def test_a_statement_with_evidence_holds_until_its_end() -> None:
    assert standing(attestation()).holds
    assert standing(attestation()).summary == "attested by the devops lead until 2026-08-29"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ([], "missing"),
        ([attestation(91)], "expired"),
        ([attestation(90)], "expired"),
        ([attestation(-1)], "future-dated"),
        ([attestation(valid=91)], "too-long"),
        ([attestation(evidence=Evidence())], "no-evidence"),
        ([attestation(evidence=Evidence(detail="trust me"))], "no-evidence"),
        ([attestation(), revocation()], "revoked"),
    ],
)
def test_each_thing_that_can_be_wrong_has_a_fault_of_its_own(
    stated: list[Statement], expected: str
) -> None:
    assert fault(*stated) == expected


def test_each_fault_says_in_its_own_words_what_is_wrong() -> None:
    words = {
        standing(*stated).summary
        for stated in (
            [],
            [attestation(91)],
            [attestation(-1)],
            [attestation(valid=91)],
            [attestation(evidence=Evidence())],
            [attestation(), revocation()],
        )
    }
    assert len(words) == 6
    assert (
        "the devops lead stated it on 2026-05-31; the devops lead revoked it on 2026-06-01: "
        "found to be wrong"
    ) in words


def test_a_newer_statement_supersedes_an_older_one() -> None:
    assert fault(attestation(30), attestation(1, evidence=Evidence())) == "no-evidence"
    assert fault(attestation(30, evidence=Evidence()), attestation(1)) is None


def test_a_statement_from_the_future_supersedes_nothing() -> None:
    assert fault(attestation(1), attestation(-1)) is None


def test_clocks_may_differ_by_minutes() -> None:
    assert fault(attestation(-SKEW / timedelta(days=1))) is None
    assert fault(attestation(-2 * SKEW / timedelta(days=1))) == "future-dated"


def test_a_revocation_ends_all_that_was_stated_before_it_and_nothing_after() -> None:
    assert fault(attestation(3), attestation(2), revocation(1)) == "revoked"
    assert fault(attestation(3), revocation(2), attestation(1)) is None


def test_the_trail_of_an_item_keeps_everything_in_order() -> None:
    said = [revocation(1), attestation(3), attestation(2)]
    assert [each.id for each in Statements.of(said).of_item(ITEM.id)] == ["a3", "a2", "r1"]


# --- exceptions


def accepted(offender: str, code: str, *statements: Statement, severity: str = "high") -> bool:
    item = item_of(severity=severity)
    found = Statements.of(statements).exceptions(item, NOW)
    return found.accepting(Offender(offender, code, "", "")) is not None


def ended(*statements: Statement, severity: str = "high") -> list[Ended]:
    found = Statements.of(statements).exceptions(item_of(severity=severity), NOW)
    return [why for _, why in found.others]


def test_an_exception_accepts_its_faults_of_its_resource_and_no_others() -> None:
    assert accepted("arn:one", "open", exception())
    assert not accepted("arn:two", "open", exception())
    assert not accepted("arn:one", "wide-open", exception())


def test_a_pattern_accepts_every_resource_that_it_matches() -> None:
    assert accepted("arn:group/a", "open", exception("arn:group/*"))
    assert not accepted("arn:other/a", "open", exception("arn:group/*"))


def test_a_name_with_brackets_is_exact() -> None:
    assert accepted("table[1]", "open", exception("table[1]"))


@pytest.mark.parametrize(
    ("severity", "days"), [("critical", 7), ("high", 30), ("medium", 90), ("low", 180)]
)
def test_how_long_a_fault_may_be_accepted_depends_on_its_severity(severity: str, days: int) -> None:
    assert accepted("arn:one", "open", exception(days=days), severity=severity)
    assert ended(exception(days=days + 1), severity=severity) == [Ended.TOO_LONG]


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ([exception(days_ago=21, days=20)], Ended.OVER),
        ([exception(days_ago=20, days=20)], Ended.OVER),
        ([exception(days_ago=-1)], Ended.NOT_YET),
        ([exception(name="e"), revocation(of="e")], Ended.REVOKED),
        ([exception(days_ago=3, name="old"), exception(days_ago=1)], Ended.SUPERSEDED),
    ],
)
def test_an_exception_that_is_not_in_force_says_why(stated: list[Statement], why: Ended) -> None:
    assert ended(*stated) == [why]


def test_revoking_an_exception_leaves_the_attestation() -> None:
    assert fault(attestation(), exception(name="e"), revocation(of="e")) is None


def test_revoking_the_attestation_leaves_the_exception() -> None:
    assert accepted("arn:one", "open", exception(), revocation())


# --- whatever was said

moments = st.floats(-400, 400).map(lambda days: NOW + timedelta(days=days))
spans = st.floats(-10, 400).map(lambda days: timedelta(days=days))
faults = st.frozensets(st.sampled_from(["open", "old"]), min_size=1)


@st.composite
def said(draw: st.DrawFn) -> list[Statement]:
    """Statements of every kind, at any time, for any time."""
    made: list[Statement] = []
    for number in range(draw(st.integers(0, 6))):
        at, span = draw(moments), draw(spans)
        name = f"s{number}"
        author = attestation().author
        kind: Callable[[], Any] = draw(
            st.sampled_from(
                [
                    lambda: Attestation(
                        name,  # noqa: B023 -- called at once
                        ITEM.id,
                        author,  # noqa: B023 -- called at once
                        at,  # noqa: B023 -- called at once
                        at + span,  # noqa: B023 -- called at once
                        draw(st.sampled_from([LINK, Evidence()])),
                    ),
                    lambda: ItemException(
                        name,  # noqa: B023 -- called at once
                        ITEM.id,
                        author,  # noqa: B023 -- called at once
                        at,  # noqa: B023 -- called at once
                        at + span,  # noqa: B023 -- called at once
                        draw(st.sampled_from(["arn:one", "arn:*", "*"])),
                        draw(faults),
                        "",
                    ),
                    lambda: Revocation(
                        name,  # noqa: B023 -- called at once
                        ITEM.id,
                        author,  # noqa: B023 -- called at once
                        at,  # noqa: B023 -- called at once
                        "",
                        draw(st.sampled_from([None, *(each.id for each in made)])),
                    ),
                ]
            )
        )
        made.append(kind())
    return made


@given(said(), moments)
def test_an_item_holds_only_by_a_valid_statement_that_nobody_took_back(
    statements: list[Statement], now: datetime
) -> None:
    found = Statements.of(statements).standing(ITEM, now)
    if not found.holds:
        return
    stated = found.attestation
    assert stated in statements
    assert isinstance(stated, Attestation)
    assert stated.at <= now + SKEW
    assert now < stated.valid_until
    assert stated.valid_until - stated.at <= timedelta(days=90, hours=1)
    assert stated.evidence
    assert not [
        each
        for each in statements
        if isinstance(each, Revocation)
        and each.exception is None
        and stated.at <= each.at <= now + SKEW
    ]


@given(said())
def test_nothing_that_was_said_is_lost(statements: list[Statement]) -> None:
    assert set(Statements.of(statements).of_item(ITEM.id)) == set(statements)


@given(said(), moments, st.randoms())
def test_the_order_in_which_statements_are_read_changes_nothing(
    statements: list[Statement], now: datetime, random: Any
) -> None:
    shuffled = random.sample(statements, len(statements))
    one, other = Statements.of(statements), Statements.of(shuffled + shuffled)
    assert one.standing(ITEM, now) == other.standing(ITEM, now)
    assert one.exceptions(ITEM, now) == other.exceptions(ITEM, now)


@given(said(), moments)
def test_there_are_never_two_exceptions_in_force_for_one_thing(
    statements: list[Statement], now: datetime
) -> None:
    found = Statements.of(statements).exceptions(ITEM, now)
    things = [(each.resource, each.faults) for each in found.in_force]
    assert len(things) == len(set(things))
    made = [each for each in statements if isinstance(each, ItemException)]
    assert {*found.in_force, *(each for each, _ in found.others)} == set(made)
    for each in found.in_force:
        assert each.at <= now + SKEW
        assert now < each.until
        assert each.until - each.at <= LONGEST_EXCEPTION[ITEM.severity] + timedelta(hours=1)
