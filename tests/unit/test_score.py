import pytest

from compliance.model import Severity, Status
from compliance.score import score_of


def test_an_item_weighs_by_its_severity() -> None:
    score = score_of([(Severity.CRITICAL, Status.PASS), (Severity.LOW, Status.FAIL)])
    assert score.value == 88.8


def test_ignorance_counts_against_the_score_and_the_coverage() -> None:
    score = score_of([(Severity.HIGH, Status.PASS), (Severity.HIGH, Status.UNKNOWN)])
    assert (score.value, score.coverage) == (50.0, 50.0)


@pytest.mark.parametrize("status", [Status.EXCEPTED, Status.NOT_APPLICABLE])
def test_what_is_left_out_weighs_nothing_and_is_decided(status: Status) -> None:
    score = score_of([(Severity.LOW, Status.PASS), (Severity.CRITICAL, status)])
    assert (score.value, score.coverage) == (100.0, 100.0)


def test_nearly_all_is_never_shown_as_all() -> None:
    outcomes = [(Severity.CRITICAL, Status.PASS)] * 1999 + [(Severity.LOW, Status.FAIL)]
    assert score_of(outcomes).value == 99.9


def test_without_anything_that_weighs_there_is_no_score() -> None:
    assert score_of([(Severity.LOW, Status.NOT_APPLICABLE)]).value is None


def test_every_status_is_counted_even_at_zero() -> None:
    counts = score_of([(Severity.LOW, Status.FAIL)]).counts
    assert counts == {
        Status.PASS: 0,
        Status.FAIL: 1,
        Status.UNKNOWN: 0,
        Status.EXCEPTED: 0,
        Status.NOT_APPLICABLE: 0,
    }
