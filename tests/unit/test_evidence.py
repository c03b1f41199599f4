"""What was seen once is kept, and what only vouches is missed only where nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.baseline import load_baseline
from compliance.drift import MOST_REMEMBERED, REMEMBERED_FOR, Known, advance
from compliance.engine import ReadFailed, evaluate
from compliance.memory import pack_known, unpack_known
from compliance.model import (
    NO_STATE,
    Gap,
    How,
    Identity,
    Item,
    ItemResult,
    Offender,
    Severity,
    Status,
    Verdict,
)
from compliance.registry import Check, Collector, Read, Registry, collector

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
ITEM = Item("logs.kept", "logs", "Kept", Severity.HIGH, How.CHECK, "why", "api", check="heard")
QUERY = Read("dynamodb", "Query")
NO_STATE_GAP = Gap("dynamodb:Query", NO_STATE, "no state: earlier runs are not known")


class _Source:
    identity = Identity("123456789012", "us-east-1")

    def reader(self, *_: object) -> None:
        return None


def _heard(seen: Sequence[str], remembered: Sequence[str]) -> Verdict:
    """Something was heard, now or before."""
    silent = Offender("all", "never", "nothing", "something", absent_from=("seen", "remembered"))
    offenders = [] if seen or remembered else [silent]
    evidence = dict.fromkeys(seen, NOW)
    return Verdict.of("thing", ["all"], offenders, holds="heard", evidence=evidence)


def _yielding(*records: str, then: Gap | None = None) -> Callable[..., Iterator[str]]:
    def collect(*_: Any) -> Iterator[str]:
        yield from records
        if then:
            raise ReadFailed(then)

    return collect


def _judged(seen: Callable[..., Any], remembered: Callable[..., Any]) -> ItemResult:
    registry = Registry(
        {"heard": Check("heard", _heard, ("seen", "remembered"), {}, False, "")},  # noqa: FBT003 -- a record in its own order
        {
            "seen": Collector("seen", seen, (), (QUERY,), many=True),
            "remembered": Collector("remembered", remembered, (), (QUERY,), True, {}, vouches=True),  # noqa: FBT003 -- a record in its own order
        },
    )
    return evaluate([ITEM], load_baseline(), registry, _Source(), now=NOW).results[ITEM.id]


def test_without_a_state_what_is_seen_now_decides() -> None:
    result = _judged(_yielding("a"), _yielding(then=NO_STATE_GAP))
    assert (result.status, result.reason, result.blind) == (Status.PASS, None, False)


def test_without_a_state_what_is_not_seen_now_may_have_been_seen_before() -> None:
    result = _judged(_yielding(), _yielding(then=NO_STATE_GAP))
    assert result.status is Status.UNKNOWN
    assert result.reason == "cannot see: no state: earlier runs are not known"


def test_with_a_state_what_was_never_seen_fails() -> None:
    assert _judged(_yielding(), _yielding()).status is Status.FAIL


def test_what_is_remembered_speaks_for_what_is_not_seen_now() -> None:
    assert _judged(_yielding(), _yielding("a")).status is Status.PASS


def test_what_is_remembered_does_not_stand_in_for_what_could_not_be_seen() -> None:
    denied = Gap("cloudwatch:DescribeAlarmHistory", "AccessDenied")
    assert _judged(_yielding(then=denied), _yielding("a")).status is Status.UNKNOWN


def test_a_fact_that_vouches_yields_its_records() -> None:
    with pytest.raises(ValueError, match="must yield"):
        collector(QUERY, fact="one", vouches=True)(lambda reader: reader)


def _saw(*what: str, at: datetime = NOW, status: Status = Status.PASS) -> ItemResult:
    return ItemResult(ITEM, status, "", evidence=dict.fromkeys(what, at))


@pytest.mark.parametrize("status", Status)
def test_what_was_seen_is_kept_whatever_the_status(status: Status) -> None:
    assert advance(None, _saw("a", status=status), NOW).known.evidence == {"a": NOW}


def test_the_latest_time_is_kept_and_nothing_is_lost_by_a_run_that_sees_nothing() -> None:
    later = NOW + timedelta(days=1)
    known = advance(None, _saw("a", "b", at=later), later).known
    known = advance(known, _saw("a", at=NOW), later).known
    assert advance(known, _saw(), later).known.evidence == {"a": later, "b": later}


def test_what_is_past_all_use_is_forgotten() -> None:
    known = advance(None, _saw("old"), NOW).known
    assert advance(known, _saw(), NOW + REMEMBERED_FOR).known.evidence == {}


def test_the_newest_are_kept_of_very_many() -> None:
    many = {str(n): NOW + timedelta(minutes=n) for n in range(MOST_REMEMBERED + 1)}
    later = NOW + timedelta(days=2)
    result = ItemResult(ITEM, Status.PASS, "", evidence=many)
    kept = advance(None, result, later).known.evidence
    assert many.keys() - kept.keys() == {"0"}


def test_very_many_fit_a_row() -> None:
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:omnitrack-a-function-of-its-own"
    many = {f"{arn}-{n}": NOW + timedelta(seconds=n * n) for n in range(MOST_REMEMBERED)}
    packed = pack_known(Known(evidence=many)).head["evidence"]
    assert len(packed) < 40_000


def test_a_head_from_before_evidence_was_kept_still_loads() -> None:
    stored = pack_known(Known(status=Status.PASS, since=NOW))
    older = {name: value for name, value in stored.head.items() if name != "evidence"}
    assert unpack_known(older, []) == Known(status=Status.PASS, since=NOW)


def test_what_an_incomplete_run_saw_is_remembered_all_the_same() -> None:
    denied = Gap("cloudwatch:DescribeAlarmHistory", "AccessDenied")
    result = _judged(_yielding("a", then=denied), _yielding())
    assert (result.status, result.evidence) == (Status.UNKNOWN, {"a": NOW})
