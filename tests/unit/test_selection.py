"""Which items a run evaluates when an hour has seen some of them."""

from datetime import UTC, datetime

from compliance.model import How, Item, Severity
from compliance.selection import due, whole_hour


def item(name: str, family: str, *, hourly: bool) -> Item:
    return Item(
        f"a.{name}", "a", "T", Severity.LOW, How.CHECK, "why", family, check=name, hourly=hourly
    )


OFTEN = item("often", "monitoring", hourly=False)
HOURLY = item("hourly", "monitoring", hourly=True)
OTHER = item("other", "api", hourly=True)


def test_hourly_items_of_a_family_that_this_hour_saw_are_left_out() -> None:
    assert due([OFTEN, HOURLY, OTHER], {"monitoring"}) == [OFTEN, OTHER]


def test_what_no_run_saw_is_due() -> None:
    assert due([OFTEN, HOURLY, OTHER], set()) == [OFTEN, HOURLY, OTHER]


def test_an_hour_begins_with_its_first_minute() -> None:
    at = datetime(2026, 6, 1, 12, 59, 59, 7, tzinfo=UTC)
    assert whole_hour(at) == datetime(2026, 6, 1, 12, tzinfo=UTC)
