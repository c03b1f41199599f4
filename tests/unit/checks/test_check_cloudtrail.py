"""A trail records, delivers to a closed bucket, and can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.checks.cloudtrail import (
    a_trail_is_logging,
    a_trail_records_every_region,
    management_calls_are_recorded,
    trail_files_can_be_validated,
    trail_files_reach_a_closed_bucket,
)
from compliance.facts.buckets import Bucket, PublicAccessBlock
from compliance.facts.trails import EventSelector, Trail, TrailEvents, TrailStatus
from compliance.model import Identity, Verdict

ACCOUNT = "123456789012"
HERE = Identity(ACCOUNT, "eu-central-1", "aws")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOUR = frozenset(
    {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
)
ALL_EVENTS = (EventSelector("Management"),)
BUCKET = "arn:aws:s3:::logs"


def trail(name: str = "audit", region: str = "eu-central-1", **changes: object) -> Trail:
    arn = f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{name}"
    good = Trail(arn, name, region, "logs", multi_region=True, log_validation=True)
    return replace(good, **changes)


def status(of: Trail, **changes: object) -> TrailStatus:
    good = TrailStatus(of.arn, logging=True, delivered_at=NOW - timedelta(minutes=9))
    return replace(good, **changes)


def events(of: Trail, *selectors: EventSelector) -> TrailEvents:
    return TrailEvents(of.arn, selectors or ALL_EVENTS)


TRAIL = trail()


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(o.resource.rpartition("/")[2], o.fault) for o in verdict.offenders]


# --- management calls are recorded --------------------------------------------------------------


def recorded(
    trails: Sequence[Trail], statuses: Sequence[TrailStatus], recording: Sequence[TrailEvents]
) -> Verdict:
    return management_calls_are_recorded(trails, statuses, recording, HERE)


def of_selectors(*selectors: EventSelector) -> list[tuple[str, str]]:
    return found(recorded([TRAIL], [status(TRAIL)], [TrailEvents(TRAIL.arn, selectors)]))


def test_a_logging_trail_of_all_management_events_holds() -> None:
    verdict = recorded([TRAIL], [status(TRAIL)], [events(TRAIL)])
    assert verdict.offenders == ()
    assert verdict.evaluated == (TRAIL.arn,)


def test_no_trail_over_the_region_is_missing_by_the_regions_name() -> None:
    [offender] = recorded([], [], []).offenders
    assert offender.key == ("trail:eu-central-1", "missing")
    assert offender.absent_from == ("trails",)


def test_a_stopped_trail_fails() -> None:
    verdict = recorded([TRAIL], [status(TRAIL, logging=False)], [events(TRAIL)])
    assert found(verdict) == [("audit", "not-logging")]
    assert verdict.offenders[0].observed == "it is stopped"


def test_reads_and_writes_in_two_selectors_are_all_events() -> None:
    both = EventSelector("Management", writes=False), EventSelector("Management", reads=False)
    assert of_selectors(*both) == []


@pytest.mark.parametrize(
    ("selectors", "fault"),
    [
        ((), "no-management-events"),
        ((EventSelector("Data", resource_type="AWS::S3::Object"),), "no-management-events"),
        ((EventSelector("Management", narrowed=True),), "no-management-events"),
        ((EventSelector("Management", writes=False),), "no-write-events"),
        ((EventSelector("Management", reads=False),), "no-read-events"),
    ],
)
def test_a_trail_of_not_all_management_events_fails(
    selectors: tuple[EventSelector, ...], fault: str
) -> None:
    assert of_selectors(*selectors) == [("audit", fault)]


def test_half_the_events_in_each_of_two_trails_are_not_all_events() -> None:
    two = [trail("one"), trail("two")]
    halves = [
        events(two[0], EventSelector("Management", reads=False)),
        events(two[1], EventSelector("Management", writes=False)),
    ]
    assert found(recorded(two, [status(each) for each in two], halves)) == [
        ("one", "no-read-events"),
        ("two", "no-write-events"),
    ]


def test_a_trail_that_cannot_deliver_fails_with_awss_code() -> None:
    failing = status(TRAIL, delivery_error="NoSuchBucket")
    [offender] = recorded([TRAIL], [failing], [events(TRAIL)]).offenders
    assert offender.fault == "delivery-failing"
    assert offender.observed == "the last delivery to logs failed: NoSuchBucket"


def test_a_trail_that_cannot_reach_its_log_group_fails() -> None:
    failing = status(TRAIL, log_group_error="AccessDenied")
    verdict = recorded([TRAIL], [failing], [events(TRAIL)])
    assert found(verdict) == [("audit", "log-group-delivery-failing")]


def test_one_good_trail_is_enough() -> None:
    stopped = trail("stopped")
    statuses = [status(stopped, logging=False), status(TRAIL)]
    assert found(recorded([stopped, TRAIL], statuses, [events(stopped), events(TRAIL)])) == []


def test_a_trail_of_the_organization_counts() -> None:
    shared = replace(TRAIL, arn="arn:aws:cloudtrail:us-east-1:999999999999:trail/organization")
    assert found(recorded([shared], [status(shared)], [events(shared)])) == []


# --- logging ------------------------------------------------------------------------------------


def logging(
    trails: Sequence[Trail], statuses: Sequence[TrailStatus], name: str | None = None
) -> Verdict:
    return a_trail_is_logging(trails, statuses, HERE, trail=name)


def test_any_trail_over_the_region_may_be_the_one_that_logs() -> None:
    shadow = trail("shadow", "us-west-2")
    statuses = [status(TRAIL, logging=False), status(shadow)]
    assert found(logging([TRAIL, shadow], statuses)) == []


def test_a_single_region_trail_of_another_region_does_not_cover_this_one() -> None:
    away = trail("away", "us-west-2", multi_region=False)
    assert logging([away], [status(away)]).offenders[0].key == ("trail:eu-central-1", "missing")


def test_a_single_region_trail_of_this_region_covers_it() -> None:
    home = trail(multi_region=False)
    assert found(logging([home], [status(home)])) == []


@pytest.mark.parametrize("name", ["audit", TRAIL.arn])
def test_the_named_trail_must_log_whatever_others_do(name: str) -> None:
    other = trail("other")
    statuses = [status(TRAIL, logging=False), status(other)]
    assert found(logging([TRAIL, other], statuses, name)) == [("audit", "not-logging")]


def test_a_named_trail_that_is_not_there_is_missing_by_its_name() -> None:
    [offender] = logging([TRAIL], [status(TRAIL)], "agreed").offenders
    assert (offender.key, offender.expected) == (("trail:agreed", "missing"), "the trail agreed")


def test_a_stopped_named_trail_is_proven_whatever_else_went_unread() -> None:
    [offender] = logging([TRAIL], [status(TRAIL, logging=False)], "audit").offenders
    assert offender.absent_from == ("trail_statuses",)


def test_a_trail_without_a_status_holds_nothing_and_proves_nothing() -> None:
    [offender] = logging([TRAIL], []).offenders
    assert offender.observed == "its status could not be seen"
    assert offender.absent_from == ("trails", "trail_statuses")


JUDGES: list[Callable[..., Verdict]] = [
    a_trail_is_logging,
    trail_files_can_be_validated,
    a_trail_records_every_region,
]


@pytest.mark.parametrize("judge", JUDGES)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), max_size=4),
    st.data(),
)
def test_what_went_unread_might_be_the_trail_that_holds(
    judge: Callable[..., Verdict],
    kinds: list[tuple[bool, bool, bool, bool]],
    data: st.DataObject,
) -> None:
    trails = [
        trail(f"t{n}", multi_region=multi, log_validation=validated)
        for n, (multi, validated, _, _) in enumerate(kinds)
    ]
    statuses = [
        status(each, logging=on, digest_error="" if fine else "AccessDenied")
        for each, (_, _, on, fine) in zip(trails, kinds, strict=True)
    ]
    whole = judge(trails, statuses, HERE, trail=None)
    kept = [each for each in statuses if data.draw(st.booleans())]
    partial = judge(trails, kept, HERE, trail=None)
    proven = {o.key for o in partial.offenders if "trail_statuses" not in o.absent_from}
    assert proven <= {o.key for o in whole.offenders}


# --- every region, validation -------------------------------------------------------------------


def everywhere(
    trails: Sequence[Trail], statuses: Sequence[TrailStatus], name: str | None = None
) -> Verdict:
    return a_trail_records_every_region(trails, statuses, HERE, trail=name)


def validated(
    trails: Sequence[Trail], statuses: Sequence[TrailStatus], name: str | None = None
) -> Verdict:
    return trail_files_can_be_validated(trails, statuses, HERE, trail=name)


def test_a_multi_region_trail_records_every_region() -> None:
    assert found(everywhere([TRAIL], [status(TRAIL)])) == []


def test_a_single_region_trail_fails() -> None:
    home = trail(multi_region=False)
    [offender] = everywhere([home], [status(home)]).offenders
    assert (offender.fault, offender.observed) == ("single-region", "it records eu-central-1 alone")


@pytest.mark.parametrize(
    ("judge", "bad", "fault"),
    [
        (everywhere, {"multi_region": False}, "single-region"),
        (validated, {"log_validation": False}, "no-validation"),
    ],
)
def test_a_stopped_trail_does_not_speak_for_the_one_that_logs(
    judge: Callable[..., Verdict], bad: dict[str, object], fault: str
) -> None:
    stopped, home = trail("stopped"), trail("home", **bad)
    statuses = [status(stopped, logging=False), status(home)]
    assert found(judge([stopped, home], statuses)) == [("home", fault)]
    assert found(judge([stopped, home], statuses, "stopped")) == []


@pytest.mark.parametrize("judge", [everywhere, validated])
def test_where_all_are_stopped_another_item_says_so(judge: Callable[..., Verdict]) -> None:
    assert found(judge([TRAIL], [status(TRAIL, logging=False)])) == []


def test_a_trail_without_validation_fails() -> None:
    plain = trail(log_validation=False)
    assert found(validated([plain], [status(plain)])) == [("audit", "no-validation")]


def test_a_digest_that_cannot_be_delivered_fails_with_awss_code() -> None:
    [offender] = validated([TRAIL], [status(TRAIL, digest_error="AccessDenied")]).offenders
    assert offender.fault == "digest-failing"
    assert offender.observed == "the last digest file could not be delivered: AccessDenied"


@pytest.mark.parametrize("judge", [logging, everywhere, validated])
def test_no_trail_at_all_is_missing_in_each_item(judge: Callable[..., Verdict]) -> None:
    assert found(judge([], [])) == [("trail:eu-central-1", "missing")]


# --- a closed bucket ----------------------------------------------------------------------------


def closed(
    one: Trail = TRAIL,
    of: TrailStatus | None = None,
    *,
    owned: tuple[str, ...] = ("logs",),
    on: frozenset[str] = FOUR,
    account: frozenset[str] = frozenset(),
    archive: str | None = None,
) -> Verdict:
    return trail_files_reach_a_closed_bucket(
        [one],
        [of or status(one)],
        [Bucket(f"arn:aws:s3:::{name}", name, "eu-central-1") for name in owned],
        [PublicAccessBlock(f"arn:aws:s3:::{name}", on) for name in owned],
        [PublicAccessBlock(ACCOUNT, account)],
        HERE,
        NOW,
        trail=None,
        log_archive_bucket=archive,
        delivery_hours=24,
    )


def test_a_fresh_delivery_to_a_closed_bucket_holds() -> None:
    assert closed().offenders == ()


@pytest.mark.parametrize(
    ("on", "account"),
    [
        (frozenset(), FOUR),
        (frozenset({"BlockPublicAcls", "IgnorePublicAcls"}), FOUR - {"BlockPublicAcls"}),
    ],
)
def test_the_accounts_block_closes_a_bucket_too(
    on: frozenset[str], account: frozenset[str]
) -> None:
    assert found(closed(on=on, account=account)) == []


def test_a_bucket_that_neither_closes_fails_and_says_what_is_off() -> None:
    [offender] = closed(on=FOUR - {"BlockPublicPolicy"}, account=frozenset()).offenders
    assert offender.key == (BUCKET, "not-closed-to-the-public")
    assert offender.observed == "BlockPublicPolicy off, for the bucket and for the account"


def test_a_bucket_of_no_account_that_is_known_fails() -> None:
    [offender] = closed(owned=("others",)).offenders
    assert offender.key == (TRAIL.arn, "unknown-bucket")
    assert offender.observed == "it delivers to logs, which is no bucket of this account"


def test_the_log_archive_of_another_account_holds() -> None:
    assert found(closed(owned=(), archive="logs")) == []


def test_another_bucket_than_the_log_archive_fails() -> None:
    assert found(closed(owned=(), archive="archive")) == [("audit", "unknown-bucket")]


def test_the_named_archive_is_no_demand_on_a_trail_with_a_bucket_of_its_own() -> None:
    assert found(closed(archive="archive")) == []


@pytest.mark.parametrize(("hours", "faults"), [(23.9, []), (24, [("audit", "no-recent-delivery")])])
def test_the_last_delivery_is_younger_than_the_baseline_says(
    hours: float, faults: list[tuple[str, str]]
) -> None:
    late = status(TRAIL, delivered_at=NOW - timedelta(hours=hours))
    assert found(closed(of=late)) == faults


def test_a_late_delivery_says_how_late() -> None:
    late = status(TRAIL, delivered_at=NOW - timedelta(hours=50))
    assert closed(of=late).offenders[0].observed == "the last delivery was 50 h ago"


def test_a_trail_that_never_delivered_fails_once_it_is_due() -> None:
    started = status(TRAIL, delivered_at=None, started_at=NOW - timedelta(hours=30))
    [offender] = closed(of=started).offenders
    assert (offender.fault, offender.observed) == ("no-recent-delivery", "it has never delivered")


def test_a_trail_that_was_started_just_now_is_not_due() -> None:
    started = status(TRAIL, delivered_at=None, started_at=NOW - timedelta(hours=2))
    assert found(closed(of=started)) == []


def test_a_fresh_delivery_before_an_error_does_not_hold() -> None:
    assert found(closed(of=status(TRAIL, delivery_error="AccessDenied"))) == [
        ("audit", "delivery-failing")
    ]


def test_a_bucket_that_was_not_listed_is_not_missing_before_all_are() -> None:
    assert "buckets" in closed(owned=()).offenders[0].absent_from


# --- what is proven

UNSEEN = trail("organization")


@pytest.mark.parametrize("judge", [logging, everywhere, validated])
def test_a_good_trail_is_proof_whatever_went_unread_of_others(
    judge: Callable[..., Verdict],
) -> None:
    assert judge([UNSEEN, TRAIL], [status(TRAIL)]).proven


@pytest.mark.parametrize("judge", [logging, everywhere, validated])
def test_a_trail_that_is_not_seen_to_log_proves_nothing(judge: Callable[..., Verdict]) -> None:
    assert not judge([TRAIL], []).proven
    assert not judge([UNSEEN, TRAIL], [status(TRAIL, logging=False)]).proven
    assert not judge([], []).proven


def test_management_calls_are_proven_recorded_by_a_trail_that_was_seen_whole() -> None:
    seen = [status(TRAIL)]
    assert recorded([UNSEEN, TRAIL], seen, [events(TRAIL)]).proven
    assert not recorded([UNSEEN, TRAIL], seen, [events(UNSEEN)]).proven
    assert not recorded([UNSEEN, TRAIL], [], [events(TRAIL)]).proven


def test_a_closed_bucket_is_proven_where_it_was_looked_into() -> None:
    assert closed().proven
    assert not closed(owned=(), archive="logs").proven
    assert not closed(on=frozenset()).proven
