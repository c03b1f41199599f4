from datetime import UTC, datetime, timedelta

from compliance.drawing import line_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_score_holds_until_the_next_was_measured() -> None:
    line = line_of([(NOON, 0), (NOON + HOUR, 50), (NOON + 2 * HOUR, 100)], 600, 60)

    assert line == "0.0,60.0 300.0,60.0 300.0,30.0 600.0,30.0 600.0,0.0"


def test_what_stays_the_same_takes_no_step() -> None:
    assert line_of([(NOON, 50), (NOON + HOUR, 50)], 600, 60) == "0.0,30.0 600.0,30.0"


def test_one_moment_is_a_point() -> None:
    assert line_of([(NOON, 100), (NOON, 100)], 600, 60) == "0.0,0.0 0.0,0.0"
