"""What is critical goes at once, the rest waits for its like, and a window out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from compliance.baseline import load_baseline
from compliance.model import Severity
from compliance.pacing import Pacing

SUNDAY = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
TWO = timedelta(minutes=2)


def _pacing(*windows: dict[str, Any]) -> Pacing:
    return Pacing(TWO, 10, windows)


WEEKLY = {"name": "caches", "weekly": "sun:02:00-sun:04:00"}
ONCE = {"name": "migration", "from": "2026-03-01T03:30Z", "until": "2026-03-01T06:00Z"}


def test_production_collects_for_two_minutes_and_digests_from_ten() -> None:
    pacing = Pacing.of(load_baseline())
    assert (pacing.collect, pacing.digest_from, pacing.windows) == (TWO, 10, ())


def test_only_what_is_critical_does_not_wait() -> None:
    waits = {each for each in Severity if _pacing().waits(each, SUNDAY)}
    assert waits == {Severity.HIGH, Severity.MEDIUM, Severity.LOW}


def test_a_summary_waits_in_a_window_only() -> None:
    assert not _pacing().waits(Severity.LOW, SUNDAY, summary=True)
    assert _pacing(WEEKLY).waits(Severity.LOW, SUNDAY, summary=True)


def test_what_is_critical_is_told_in_a_window_too() -> None:
    assert not _pacing(WEEKLY).waits(Severity.CRITICAL, SUNDAY)


def test_what_waits_joins_what_is_being_collected() -> None:
    soon = SUNDAY + timedelta(seconds=50)
    assert _pacing().until(SUNDAY, [soon, soon + timedelta(hours=1)]) == soon
    assert _pacing().until(SUNDAY, []) == SUNDAY + TWO


def test_what_waits_joins_the_first_that_is_told_and_never_waits_longer_than_alone() -> None:
    first, second, late = (SUNDAY + timedelta(seconds=s) for s in (40, 70, 121))
    assert _pacing().until(SUNDAY, [second, first]) == first
    assert _pacing().until(SUNDAY, [late]) == SUNDAY + TWO


def test_what_is_about_to_be_told_is_not_joined() -> None:
    assert _pacing().until(SUNDAY, [SUNDAY + timedelta(seconds=10)]) == SUNDAY + TWO


def test_in_a_window_everything_waits_for_its_end() -> None:
    assert _pacing(WEEKLY).until(SUNDAY, [SUNDAY + TWO]) == SUNDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("weekly", "at", "end"),
    [
        ("sun:02:00-sun:04:00", SUNDAY, SUNDAY.replace(hour=4)),
        ("sun:02:00-sun:03:00", SUNDAY, None),
        ("sun:03:00-sun:04:00", SUNDAY, SUNDAY.replace(hour=4)),
        ("sat:22:00-mon:01:00", SUNDAY, datetime(2026, 3, 2, 1, 0, tzinfo=UTC)),
        (
            "sun:22:00-mon:01:00",
            datetime(2026, 3, 2, 0, 30, tzinfo=UTC),
            SUNDAY + timedelta(hours=22),
        ),
        ("mon:00:00-mon:01:00", SUNDAY, None),
        ("mon:00:00-mon:00:00", SUNDAY, datetime(2026, 3, 9, 0, 0, tzinfo=UTC)),
    ],
)
def test_a_weekly_window_is_found_over_the_end_of_a_week(
    weekly: str, at: datetime, end: datetime | None
) -> None:
    window = _pacing({"name": "w", "weekly": weekly}).window(at)
    assert (window.end if window else None) == end


def test_windows_that_follow_without_a_gap_are_one() -> None:
    window = _pacing(WEEKLY, ONCE).window(SUNDAY)
    assert window is not None
    assert (window.name, window.end) == ("caches, migration", SUNDAY.replace(hour=6))


def test_a_window_that_never_ends_does_not_hang_and_is_named_once() -> None:
    window = _pacing(
        {"name": "a", "weekly": "mon:00:00-fri:00:00"},
        {"name": "b", "weekly": "fri:00:00-mon:00:00"},
    ).window(SUNDAY)
    assert window is not None
    assert window.name == "b, a"


@pytest.mark.parametrize(
    ("count", "after_maintenance", "together"),
    [(9, False, False), (10, False, True), (1, True, False), (2, True, True)],
)
def test_many_are_told_together_and_after_maintenance_two(
    count: int,
    after_maintenance: bool,  # noqa: FBT001 -- a parameter
    together: bool,  # noqa: FBT001 -- as above
) -> None:
    assert _pacing().together(count, after_maintenance=after_maintenance) is together
