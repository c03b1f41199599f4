"""Drift by (item, resource, fault): what a run adds to what is known, and what there is to tell."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compliance.drift import Ending, Kind, Known, advance, compare
from compliance.model import Gap, How, Item, ItemResult, Offender, Severity, Status

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
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


def test_what_is_not_critical_is_not_reminded_of() -> None:
    found = _found(("a", "open"))
    assert advance(_known(found), found, NOW + timedelta(days=30)).changes == ()


def test_items_that_a_run_left_out_keep_what_is_known() -> None:
    known = {"logs.kept": _known(_found()), "other": _known(_found(("a", "open")))}
    assert set(compare(known, {"logs.kept": _found()}, LATER)) == {"logs.kept"}


_keys = st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"])), max_size=6)


@given(st.lists(_keys, min_size=2, max_size=8))
def test_drift_and_recovery_account_for_every_difference(
    runs: list[frozenset[tuple[str, str]]],
) -> None:
    """Whatever the runs find, what was told adds up to what is there: nothing lost, none twice."""
    known = None
    told: set[tuple[str, str]] = set()
    for at, faults in enumerate(runs):
        step = advance(known, _found(*faults), NOW + timedelta(minutes=at))
        if step.enrolled:
            told = set(faults)
        for change in step.changes:
            began = {offence.offender.key for offence in change.offences}
            ended = {offence.offender.key for offence, _ in change.endings}
            assert not began & told
            assert ended <= told
            told = (told | began) - ended
        known = step.known
        assert told == set(faults) == set(known.offences)
