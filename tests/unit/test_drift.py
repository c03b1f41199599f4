"""Drift by (item, resource, fault): what a run adds to what is known, and what there is to tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.drift import (
    MOST_FLAPPING,
    MOST_FLIPS,
    Ending,
    Kind,
    Known,
    advance,
    compare,
)
from compliance.model import Gap, How, Item, ItemResult, Offender, Severity, Status

if TYPE_CHECKING:
    from compliance.statements.records import ItemException

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
LATER_BY = timedelta(minutes=15)
LATER = NOW + LATER_BY
GAP = Gap("logs:DescribeLogGroups", "AccessDeniedException")


def _item(severity: Severity = Severity.HIGH) -> Item:
    return Item("logs.kept", "logs", "Kept", severity, How.CHECK, "why", "monitoring")


def _found(
    *faults: tuple[str, str],
    gaps: tuple[Gap, ...] = (),
    unseen: frozenset[str] | None = frozenset(),
    seen: tuple[str, ...] = ("a", "b"),
    severity: Severity = Severity.HIGH,
    observed: str = "x",
) -> ItemResult:
    offenders = tuple(Offender(resource, fault, observed, "y") for resource, fault in faults)
    undecided = Status.UNKNOWN if gaps else Status.PASS
    status = Status.FAIL if offenders else undecided
    item = _item(severity)
    reason = "why" if gaps else None
    return ItemResult(item, status, "", seen, offenders, reason, gaps, unseen, seen=frozenset(seen))


def _blind(severity: Severity = Severity.HIGH) -> ItemResult:
    return _found(gaps=(GAP,), unseen=None, severity=severity)


def _known(result: ItemResult, at: datetime = NOW) -> Known:
    return advance(None, result, at).known


def test_an_item_first_seen_is_enrolled_and_is_no_drift() -> None:
    step = advance(None, _found(("a", "open")), NOW)
    assert step.enrolled
    assert step.changes == ()
    assert set(step.known.offences) == {("a", "open")}


def test_what_was_announced_as_unseen_and_is_enrolled_is_told_to_be_visible_again() -> None:
    known = None
    for run in range(3):
        known = advance(known, _blind(), NOW + run * LATER_BY).known
    step = advance(known, _found(("a", "open")), NOW + timedelta(hours=1))
    assert step.enrolled
    assert [(c.kind, c.reason) for c in step.changes] == [(Kind.RECOVERED, "visible again")]


def test_an_item_that_was_never_decided_is_enrolled_when_it_first_is() -> None:
    unseen = advance(None, _blind(), NOW)
    assert not unseen.enrolled
    assert advance(unseen.known, _found(("a", "open")), LATER).enrolled


def test_a_run_that_finds_the_same_tells_nothing() -> None:
    step = advance(_known(_found(("a", "open"))), _found(("a", "open"), observed="z"), LATER)
    assert step.changes == ()
    assert step.known.offences["a", "open"].since == NOW
    assert step.known.offences["a", "open"].offender.observed == "z"


def test_a_status_is_known_since_it_began() -> None:
    failing = advance(_known(_found()), _found(("a", "open")), LATER).known
    again = advance(failing, _found(("b", "open")), LATER + timedelta(hours=1)).known
    assert (failing.since, again.since) == (LATER, LATER)


def test_a_second_offender_of_a_failing_item_is_drift_and_names_only_itself() -> None:
    step = advance(_known(_found(("a", "open"))), _found(("a", "open"), ("b", "open")), LATER)
    (change,) = step.changes
    assert change.kind is Kind.DRIFTED
    assert [offence.offender.resource for offence in change.offences] == ["b"]


def test_another_fault_of_the_same_resource_is_drift() -> None:
    step = advance(_known(_found(("a", "open:22"))), _found(("a", "open:all")), LATER)
    assert [change.kind for change in step.changes] == [Kind.DRIFTED, Kind.RECOVERED]


def test_a_mended_offence_recovers_and_says_so() -> None:
    step = advance(_known(_found(("a", "open"))), _found(), LATER)
    (change,) = step.changes
    assert change.kind is Kind.RECOVERED
    assert [(o.since, ending) for o, ending in change.endings] == [(NOW, Ending.MENDED)]
    assert step.known.status is Status.PASS
    assert step.known.since == LATER


def test_an_offence_whose_resource_is_gone_recovers_as_gone() -> None:
    step = advance(_known(_found(("a", "open"))), _found(seen=("b",)), LATER)
    assert [ending for _, ending in step.changes[0].endings] == [Ending.GONE]


@pytest.mark.parametrize(
    "unjudged",
    [
        {"waived": True, "status": Status.NOT_APPLICABLE, "seen": frozenset()},
        {"excluded": frozenset({"a"})},
    ],
)
def test_what_the_baseline_has_judged_no_longer_is_neither_mended_nor_gone(
    unjudged: dict[str, Any],
) -> None:
    (change,) = advance(_known(_found(("a", "open"))), replace(_found(), **unjudged), LATER).changes
    assert [ending for _, ending in change.endings] == [Ending.UNJUDGED]


def test_what_was_not_seen_has_not_recovered() -> None:
    step = advance(_known(_found(("a", "open"))), _blind(), LATER)
    assert step.changes == ()
    assert set(step.known.offences) == {("a", "open")}
    assert step.known.status is Status.FAIL


def test_what_an_incomplete_read_saw_of_others_does_not_end_what_it_missed() -> None:
    known = _known(_found(("a", "open"), ("b", "open")))
    partial = _found(("c", "open"), gaps=(GAP,), unseen=frozenset({"a"}))
    step = advance(known, partial, LATER)
    ended = [o.offender.resource for change in step.changes for o, _ in change.endings]
    assert ended == ["b"]
    assert set(step.known.offences) == {("a", "open"), ("c", "open")}


def test_a_mended_resource_recovers_though_another_stays_unreadable() -> None:
    known = _known(_found(("a", "open")))
    step = advance(known, _found(gaps=(GAP,), unseen=frozenset({"b"})), LATER)
    assert [change.kind for change in step.changes] == [Kind.RECOVERED]
    assert step.known.status is Status.FAIL


def test_blindness_is_told_at_the_third_run_and_once() -> None:
    known: Known | None = _known(_found())
    told = []
    for run in range(5):
        step = advance(known, _blind(), NOW + timedelta(minutes=15 * run))
        known, kinds = step.known, [change.kind for change in step.changes]
        told.append(kinds)
    assert told == [[], [], [Kind.BLINDED], [], []]


def test_blindness_of_a_critical_item_is_told_at_the_second_run() -> None:
    first = advance(_known(_found(severity=Severity.CRITICAL)), _blind(Severity.CRITICAL), NOW)
    second = advance(first.known, _blind(Severity.CRITICAL), LATER)
    assert [change.kind for change in second.changes] == [Kind.BLINDED]


def test_blindness_is_told_after_six_hours_though_runs_are_rare() -> None:
    first = advance(_known(_found()), _blind(), NOW)
    second = advance(first.known, _blind(), NOW + timedelta(hours=6))
    assert [change.kind for change in second.changes] == [Kind.BLINDED]
    assert second.changes[0].reason == "why"


def test_an_item_that_was_never_seen_is_told_as_blind_too() -> None:
    first = advance(None, _blind(Severity.CRITICAL), NOW)
    second = advance(first.known, _blind(Severity.CRITICAL), LATER)
    assert [change.kind for change in second.changes] == [Kind.BLINDED]


def test_sight_regained_is_told_where_blindness_was() -> None:
    first = advance(_known(_found(severity=Severity.CRITICAL)), _blind(Severity.CRITICAL), NOW)
    second = advance(first.known, _blind(Severity.CRITICAL), LATER)
    third = advance(second.known, _found(severity=Severity.CRITICAL), LATER)
    (change,) = third.changes
    assert (change.kind, change.reason) == (Kind.RECOVERED, "visible again")
    assert third.known.blind_runs == 0


def test_an_item_without_a_check_is_never_blind() -> None:
    nothing = ItemResult(_item(), Status.UNKNOWN, "no check yet", reason="no check yet")
    known = None
    for run in range(10):
        step = advance(known, nothing, NOW + timedelta(hours=run))
        assert step.changes == ()
        known = step.known


def test_a_critical_offence_is_reminded_of_each_day() -> None:
    found = _found(("a", "open"), severity=Severity.CRITICAL)
    known = _known(found)
    told = []
    for hour in range(1, 73):
        step = advance(known, found, NOW + timedelta(hours=hour))
        known = step.known
        told += [hour for change in step.changes if change.kind is Kind.REMINDER]
    assert told == [24, 48, 72]


def test_a_daily_run_that_starts_a_second_earlier_reminds_all_the_same() -> None:
    found = _found(("a", "open"), severity=Severity.CRITICAL)
    known, told = _known(found), []
    for day, early in enumerate((1, 2, 1, 3, 2), start=1):
        step = advance(known, found, NOW + timedelta(days=day, seconds=-early))
        known = step.known
        told += [change.kind for change in step.changes]
    assert told == [Kind.REMINDER] * 5


def test_what_is_not_critical_is_not_reminded_of() -> None:
    found = _found(("a", "open"))
    assert advance(_known(found), found, NOW + timedelta(days=30)).changes == ()


def test_items_that_a_run_left_out_keep_what_is_known() -> None:
    known = {"logs.kept": _known(_found()), "other": _known(_found(("a", "open")))}
    assert set(compare(known, {"logs.kept": _found()}, LATER)) == {"logs.kept"}


_keys = st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"])), max_size=6)


@given(st.lists(_keys, min_size=2, max_size=8), st.integers(1, 90))
def test_drift_and_recovery_account_for_every_difference(
    runs: list[frozenset[tuple[str, str]]], minutes: int
) -> None:
    """Whatever the runs find, what was told adds up to what is there: nothing lost, none twice.

    What flaps is left out until it is told to have settled.
    """
    known = None
    told: set[tuple[str, str]] = set()
    flapping: set[tuple[str, str]] = set()
    for at, faults in enumerate([*runs, runs[-1]]):
        last = at == len(runs)
        when = NOW + timedelta(minutes=minutes * at + 60 * last)
        step = advance(known, _found(*faults), when)
        if step.enrolled:
            told = set(faults)
        for change in step.changes:
            began = {offence.offender.key for offence in change.offences}
            ended = {offence.offender.key for offence, _ in change.endings}
            match change.kind:
                case Kind.FLAPPING:
                    assert not (began | ended) & flapping
                    flapping |= began | ended
                case Kind.SETTLED:
                    assert began | ended <= flapping
                    flapping -= began | ended
                case _:
                    assert not began & told
                    assert ended <= told
                    assert not (began | ended) & flapping
            told = (told | began) - ended
        known = step.known
        assert told - flapping == set(faults) - flapping
        assert set(known.offences) == set(faults)
    assert not flapping


# --- flapping


def _flipping(minutes: int, times: int, known: Known | None = None) -> tuple[Known, list[Kind]]:
    """An offence that begins and ends in turn; what is known then, and all that was told."""
    known, told = known or _known(_found()), []
    for flip in range(1, times + 1):
        result = _found(("a", "open")) if flip % 2 else _found()
        step = advance(known, result, NOW + timedelta(minutes=minutes * flip))
        known, told = step.known, told + [change.kind for change in step.changes]
    return known, told


def test_the_third_flip_within_an_hour_is_told_as_flapping_and_the_rest_is_not() -> None:
    assert _flipping(15, 9)[1] == [Kind.DRIFTED, Kind.RECOVERED, Kind.FLAPPING]


def test_what_flips_each_hour_is_told_each_time() -> None:
    assert Kind.FLAPPING not in _flipping(60, 9)[1]


def test_flapping_is_told_with_its_history() -> None:
    known, _ = _flipping(15, 2)
    (change,) = advance(known, _found(("a", "open")), NOW + timedelta(minutes=45)).changes
    assert change.kind is Kind.FLAPPING
    assert [offence.offender.key for offence in change.offences] == [("a", "open")]
    minutes = [((flip.at - NOW) / timedelta(minutes=1), flip.began) for flip in change.history]
    assert minutes == [(15, True), (30, False), (45, True)]


def test_an_hour_after_the_last_flip_it_is_told_to_have_settled_and_how() -> None:
    for times, result in ((3, _found(("a", "open"))), (4, _found())):
        known, _ = _flipping(15, times)
        last = NOW + timedelta(minutes=15 * times)
        early = advance(known, result, last + timedelta(minutes=59))
        assert early.changes == ()
        (change,) = advance(early.known, result, last + timedelta(minutes=60)).changes
        assert change.kind is Kind.SETTLED
        assert len(change.offences) == len(result.offenders)
        assert [ending for _, ending in change.endings] == [Ending.MENDED] * (times - 3)
    again = advance(early.known, result, last + timedelta(minutes=60)).known
    assert again.flaps == {}


def test_what_settled_ended_when_it_last_flipped() -> None:
    known, _ = _flipping(15, 4)
    (change,) = advance(known, _found(), NOW + timedelta(minutes=120)).changes
    ((offence, _),) = change.endings
    assert offence.since == NOW + timedelta(minutes=45)
    assert offence.until == NOW + timedelta(minutes=60)


def test_what_flaps_and_is_accepted_is_told_no_more() -> None:
    known, _ = _flipping(15, 3)
    offender = Offender("a", "open", "x", "y")
    exception = cast("ItemException", None)  # whose it is does not matter here
    accepted = replace(_found(), status=Status.EXCEPTED, accepted=((offender, exception),))
    for minutes in (60, 120, 180):
        step = advance(known, accepted, NOW + timedelta(minutes=minutes))
        known = step.known
        assert step.changes == ()
    assert known.flaps == {}


def test_what_is_critical_and_flaps_for_days_is_reminded_of_once_a_day() -> None:
    known, told = _known(_found(severity=Severity.CRITICAL)), []
    for quarter in range(1, 4 * 24 * 3 + 1):
        faults = (("a", "open"),) if quarter % 4 else ()
        at = NOW + quarter * LATER_BY
        step = advance(known, _found(*faults, severity=Severity.CRITICAL), at)
        known = step.known
        told += [(change.kind, (at - NOW) // timedelta(hours=1)) for change in step.changes]
    assert told == [
        (Kind.DRIFTED, 0),
        (Kind.RECOVERED, 1),
        (Kind.FLAPPING, 1),
        (Kind.REMINDER, 25),
        (Kind.REMINDER, 49),
    ]


def test_what_cannot_be_seen_has_not_settled() -> None:
    known, _ = _flipping(15, 4)
    step = advance(known, _blind(), NOW + timedelta(hours=3))
    assert [change.kind for change in step.changes] == []
    assert step.known.flaps


def test_what_settled_is_told_as_any_other_again() -> None:
    known, _ = _flipping(15, 4)
    settled = advance(known, _found(), NOW + timedelta(hours=3)).known
    step = advance(settled, _found(("a", "open")), NOW + timedelta(hours=4))
    assert [change.kind for change in step.changes] == [Kind.DRIFTED]


def test_another_offence_of_a_flapping_item_is_told_as_drift() -> None:
    known, _ = _flipping(15, 4)
    step = advance(known, _found(("b", "open")), NOW + timedelta(minutes=70))
    assert [change.kind for change in step.changes] == [Kind.DRIFTED]


def test_three_offences_that_begin_within_an_hour_do_not_flap() -> None:
    known, kinds = _known(_found()), []
    for count in (1, 2, 3):
        faults = [("a", "open"), ("b", "open"), ("c", "open")][:count]
        step = advance(known, _found(*faults, seen=("a", "b", "c")), NOW + count * LATER_BY)
        known, kinds = step.known, kinds + [change.kind for change in step.changes]
    assert kinds == [Kind.DRIFTED] * 3


def test_what_is_remembered_of_flips_is_bounded() -> None:
    many = [(f"r{n}", "open") for n in range(1_000)]
    step = advance(_known(_found()), _found(*many), LATER)
    assert len(step.known.flaps) == MOST_FLAPPING
    known, _ = _flipping(1, 50)
    (flaps,) = known.flaps.values()
    assert len(flaps.flips) == MOST_FLIPS


def test_flips_of_long_ago_are_forgotten() -> None:
    known = advance(_known(_found()), _found(("a", "open")), LATER).known
    assert known.flaps
    assert advance(known, _found(("a", "open")), LATER + timedelta(hours=1)).known.flaps == {}
