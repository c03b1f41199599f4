"""A month: drifts, repairs, flaps, an accident, a maintenance window, a day of denied reads."""

import pytest
from demo.month import Month, replay


@pytest.fixture(scope="module")
def month() -> Month:
    return replay()


def test_outside_the_accident_a_true_change_costs_hardly_more_than_a_message(month: Month) -> None:
    assert month.messages_outside / month.changes_outside <= 1.2


def test_an_accident_is_one_digest_beside_what_is_critical(month: Month) -> None:
    assert month.accident == {"digest": 1, "drifted": month.critical_in_accident}


def test_what_is_critical_is_told_by_the_run_that_saw_it(month: Month) -> None:
    assert month.critical_delays
    assert max(month.critical_delays) == 0


def test_nothing_is_told_twice(month: Month) -> None:
    assert month.repeated == []


def test_every_change_that_a_run_saw_is_told(month: Month) -> None:
    assert month.untold == []


def test_only_what_is_critical_is_told_in_the_window_and_the_rest_after_it(month: Month) -> None:
    assert month.in_window == ["critical"]
    assert month.after_window == ["digest"]


def test_a_day_of_denied_reads_is_told_once_and_once_when_it_is_over(month: Month) -> None:
    assert month.blind == {"digest": 2}
