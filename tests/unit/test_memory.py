"""What is remembered of an item comes back as it was, and one offence more changes one shard."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.drift import Change, Ending, Flaps, Flip, Kind, Known, Open
from compliance.memory import (
    FORMAT,
    SHARDS,
    pack_change,
    pack_known,
    unpack_change,
    unpack_known,
)
from compliance.model import Offender, Severity, Status

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
times = st.datetimes(timezones=st.just(UTC))
offenders = st.builds(
    Offender,
    resource=text,
    fault=text,
    observed=text,
    expected=text,
    fix=st.none() | text.filter(bool),
)
opens = st.builds(Open, offender=offenders, since=times)
flips = st.builds(Flip, times, st.booleans())
flaps = st.builds(Flaps, st.lists(flips, min_size=1, max_size=3).map(tuple), opens, st.booleans())
knowns = st.builds(
    Known,
    status=st.none() | st.sampled_from(Status),
    since=st.none() | times,
    offences=st.lists(opens, max_size=40).map(lambda each: {o.offender.key: o for o in each}),
    blind_since=st.none() | times,
    blind_runs=st.integers(0, 99),
    blinded=st.booleans(),
    reminded_at=st.none() | times,
    evidence=st.dictionaries(text, times, max_size=5),
    accepted=st.frozensets(st.tuples(text, text), max_size=5),
    flaps=st.lists(flaps, max_size=5).map(lambda each: {f.last.offender.key: f for f in each}),
)


def _known(count: int) -> Known:
    each = [
        Open(Offender(f"arn:aws:logs:us-east-1:123456789012:log-group:/g/{n}", "f", "o", "e"), NOW)
        for n in range(count)
    ]
    return Known(status=Status.FAIL, since=NOW, offences={o.offender.key: o for o in each})


@given(knowns)
def test_what_is_known_comes_back_as_it_was(known: Known) -> None:
    stored = pack_known(known)
    assert unpack_known(stored.head, stored.shards.values()) == known


@given(
    st.builds(
        Change,
        item=text,
        severity=st.sampled_from(Severity),
        kind=st.sampled_from(Kind),
        at=times,
        offences=st.lists(opens, max_size=5).map(tuple),
        endings=st.lists(st.tuples(opens, st.sampled_from(Ending)), max_size=5).map(tuple),
        reason=st.none() | text,
        history=st.lists(flips, max_size=3).map(tuple),
    )
)
def test_a_change_comes_back_as_it_was(change: Change) -> None:
    assert unpack_change(pack_change(change)) == change


def test_a_change_too_large_for_a_row_keeps_what_fits_and_counts_the_rest() -> None:
    """Random names do not compress: 20,000 of them would be more than DynamoDB takes."""
    names = (sha256(str(n).encode()).hexdigest() for n in range(20_000))
    offences = tuple(Open(Offender(name, "f", "o", "e"), NOW) for name in names)
    row = pack_change(Change("a.b", Severity.LOW, Kind.DRIFTED, NOW, offences))
    change = unpack_change(row)
    assert len(row["detail"]) < 400_000
    assert len(change.offences) >= 5_000
    assert len(change.offences) + change.omitted == len(offences)


def test_one_offence_more_changes_one_shard() -> None:
    before, after = pack_known(_known(10_000)), pack_known(_known(10_001))
    changed = [n for n in after.shards if before.digests.get(n) != after.digests[n]]
    assert len(changed) == 1


def test_ten_thousand_offences_fit_in_one_transaction() -> None:
    stored = pack_known(_known(10_000))
    assert len(stored.shards) == SHARDS
    assert max(map(len, stored.shards.values())) < 400_000
    assert sum(map(len, stored.shards.values())) < 1_000_000


def test_the_same_offences_are_stored_alike_in_whatever_order_they_come() -> None:
    known = _known(100)
    shuffled = Known(
        status=known.status,
        since=known.since,
        offences=dict(reversed(list(known.offences.items()))),
    )
    assert pack_known(known).digests == pack_known(shuffled).digests


def test_a_value_that_varies_changes_what_is_stored() -> None:
    one = Open(Offender("r", "f", "1 day", "e"), NOW)
    two = Open(Offender("r", "f", "2 days", "e"), NOW)
    digests = [pack_known(Known(offences={o.offender.key: o})).digests for o in (one, two)]
    assert digests[0] != digests[1]


def test_a_format_of_a_newer_monitor_is_refused() -> None:
    stored = pack_known(Known())
    with pytest.raises(ValueError, match=r"has format 2, not 1"):
        unpack_known({**stored.head, "format": FORMAT + 1, "item": "a.b"}, [])


def test_a_change_of_a_newer_monitor_is_refused() -> None:
    change = Change("a.b", Severity.LOW, Kind.DRIFTED, NOW + timedelta(days=1))
    with pytest.raises(ValueError, match=r"has format 2, not 1"):
        unpack_change({**pack_change(change), "format": FORMAT + 1})
