"""CloudTrail: a trail that records, delivers, and can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from compliance.facts.buckets import Bucket, PublicAccessBlock
from compliance.facts.trails import Trail, TrailEvents, TrailStatus
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check

_STATUSES = ("trails", "trail_statuses")
_EVENTS = ("trails", "trail_statuses", "trail_events")
_BUCKETS = (
    "trails",
    "trail_statuses",
    "buckets",
    "trail_bucket_blocks",
    "account_public_access_block",
)
_BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@check
def management_calls_are_recorded(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    trail_events: Sequence[TrailEvents],
    identity: Identity,
) -> Verdict:
    """One trail over this region logs every management call, and its last deliveries worked.

    Reads and writes by the same trail: half a story told twice is none. A trail of the
    organization counts as one of the account's own.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    """
    statuses = {status.trail_arn: status for status in trail_statuses}
    recorded = {events.trail_arn: events for events in trail_events}

    def faults(trail: Trail) -> Iterator[Offender]:
        status = statuses.get(trail.arn)
        yield from _not_logging(trail, status)
        yield from _management_faults(trail, recorded.get(trail.arn))
        if status:
            yield from _delivery_faults(trail, status)

    return _one_holds(
        _covering(trails, identity, None),
        statuses,
        f"trail:{identity.region}",
        faults,
        holds="one logs all management events, and delivers them",
        facts=_EVENTS,
    )


@check
def a_trail_is_logging(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    identity: Identity,
    *,
    trail: str | None,
) -> Verdict:
    """The trail that the baseline names is logging, or any over this region where it names none.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    statuses = {status.trail_arn: status for status in trail_statuses}
    return _one_holds(
        _covering(trails, identity, trail),
        statuses,
        f"trail:{trail or identity.region}",
        lambda each: _not_logging(each, statuses.get(each.arn)),
        holds="one over this region is logging",
        facts=_STATUSES,
        named=trail is not None,
    )


@check
def trail_files_can_be_validated(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    identity: Identity,
    *,
    trail: str | None,
) -> Verdict:
    """The trail writes digest files, and the last one was delivered.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
    """
    statuses = {status.trail_arn: status for status in trail_statuses}

    def faults(each: Trail) -> Iterator[Offender]:
        if not each.log_validation:
            observed = "log file validation is off"
            yield Offender(each.arn, "no-validation", observed, "log file validation on")
        error = statuses[each.arn].digest_error if each.arn in statuses else ""
        if error:
            observed = f"the last digest file could not be delivered: {error}"
            yield Offender(each.arn, "digest-failing", observed, "digest files delivered")

    return _one_holds(
        _logging(_covering(trails, identity, trail), statuses),
        statuses,
        f"trail:{trail or identity.region}",
        faults,
        holds="one writes digest files, and delivers them",
        facts=_STATUSES,
        named=trail is not None,
    )


@check
def a_trail_records_every_region(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    identity: Identity,
    *,
    trail: str | None,
) -> Verdict:
    """The trail is multi-region: it records regions that nobody uses, and those still to come.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html
    """
    statuses = {status.trail_arn: status for status in trail_statuses}

    def faults(each: Trail) -> Iterator[Offender]:
        if not each.multi_region:
            observed = f"it records {each.home_region} alone"
            yield Offender(each.arn, "single-region", observed, "all regions")

    return _one_holds(
        _logging(_covering(trails, identity, trail), statuses),
        statuses,
        f"trail:{trail or identity.region}",
        faults,
        holds="one records every region",
        facts=_STATUSES,
        named=trail is not None,
    )


@check
def trail_files_reach_a_closed_bucket(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    buckets: Sequence[Bucket],
    trail_bucket_blocks: Sequence[PublicAccessBlock],
    account_public_access_block: Sequence[PublicAccessBlock],
    identity: Identity,
    now: datetime,
    *,
    trail: str | None,
    log_archive_bucket: str | None,
    delivery_hours: int,
) -> Verdict:
    """The trail delivered lately and without error, into a bucket that is closed to the public.

    A bucket of this account must be closed by its own public access block or the account's. One of
    another account must be the log archive that the baseline names: nothing else says whose it is.
    A trail that was started within `delivery_hours` need not have delivered yet.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    statuses = {status.trail_arn: status for status in trail_statuses}
    owned = {bucket.name: bucket for bucket in buckets}
    of_bucket = {block.holder: block for block in trail_bucket_blocks}
    of_account = {name for block in account_public_access_block for name in block.on}

    def faults(each: Trail) -> Iterator[Offender]:
        yield from _delivery_age_faults(each, statuses.get(each.arn), now, delivery_hours)
        bucket = owned.get(each.bucket)
        if bucket is None and each.bucket != log_archive_bucket:
            yield Offender(
                each.arn,
                "unknown-bucket",
                f"it delivers to {each.bucket}, which is no bucket of this account",
                f"a bucket of this account, or {log_archive_bucket or 'a log archive'} "
                "as the baseline names it",
                absent_from=("buckets",),
            )
        if bucket is not None:
            block = of_bucket.get(bucket.arn)
            off = [
                n for n in _BLOCK if n not in of_account and n not in (block.on if block else ())
            ]
            if off:
                yield Offender(
                    bucket.arn,
                    "not-closed-to-the-public",
                    f"{', '.join(off)} off, for the bucket and for the account",
                    "all four settings on, for either",
                    absent_from=("trail_bucket_blocks", "account_public_access_block"),
                )

    verdict = _one_holds(
        _logging(_covering(trails, identity, trail), statuses),
        statuses,
        f"trail:{trail or identity.region}",
        faults,
        holds=f"one delivered within {delivery_hours} h, into a closed bucket",
        facts=_BUCKETS,
        named=trail is not None,
        whole=lambda each: each.bucket in owned,
    )
    return replace(verdict, seen=tuple(bucket.arn for bucket in buckets))


def _covering(trails: Iterable[Trail], identity: Identity, name: str | None) -> list[Trail]:
    """The trails that record this region, of that name or ARN where one is asked for."""
    return [
        trail
        for trail in trails
        if trail.covers(identity.region) and name in {None, trail.name, trail.arn}
    ]


def _logging(trails: list[Trail], statuses: dict[str, TrailStatus]) -> list[Trail]:
    """Those that are logging; all where none is, since another item says so.

    What a stopped trail would do must not speak for the one that records.
    """
    return [
        each for each in trails if each.arn in statuses and statuses[each.arn].logging
    ] or trails


def _one_holds(
    trails: Sequence[Trail],
    statuses: Mapping[str, TrailStatus],
    wanted: str,
    faults: Callable[[Trail], Iterable[Offender]],
    *,
    holds: str,
    facts: tuple[str, ...],
    named: bool = False,
    whole: Callable[[Trail], bool] = lambda _: True,
) -> Verdict:
    """One trail without a fault is enough; where none is, the faults of each are told.

    One that is seen to log, and of which `whole` says that nothing went unread, is proof whatever
    became of the others. Unless one trail is named, what went unread may be the trail that holds:
    then no fault is proven.
    """
    if not trails:
        missing = Offender(
            wanted,
            "missing",
            "no trail records this region",
            f"the trail {wanted.removeprefix('trail:')}" if named else "a trail that does",
            absent_from=("trails",),
        )
        return Verdict.of("trail", [wanted], [missing], holds=holds)
    found = {trail: list(faults(trail)) for trail in trails}
    offenders = [each for those in found.values() for each in those] if all(found.values()) else []
    if not named:
        offenders = [replace(offender, absent_from=facts) for offender in offenders]
    proven = any(
        not those and trail.arn in statuses and statuses[trail.arn].logging and whole(trail)
        for trail, those in found.items()
    )
    arns = (trail.arn for trail in trails)
    return Verdict.of("trail", arns, offenders, holds=holds, proven=proven)


def _not_logging(trail: Trail, status: TrailStatus | None) -> Iterator[Offender]:
    if status is None:
        observed = "its status could not be seen"
    elif not status.logging:
        observed = "it is stopped"
    else:
        return
    yield Offender(
        trail.arn,
        "not-logging",
        observed,
        "a trail that is logging",
        absent_from=("trail_statuses",),
    )


def _management_faults(trail: Trail, events: TrailEvents | None) -> Iterator[Offender]:
    whole = [
        selector
        for selector in (events.selectors if events else ())
        if selector.category == "Management" and not selector.narrowed
    ]
    reads = any(selector.reads for selector in whole)
    writes = any(selector.writes for selector in whole)
    if reads and writes:
        return
    fault, observed = {
        (False, False): ("no-management-events", "it does not record all management events"),
        (True, False): ("no-write-events", "it records management events that read, no others"),
        (False, True): ("no-read-events", "it records management events that write, no others"),
    }[reads, writes]
    yield Offender(trail.arn, fault, observed, "all management events, reads and writes")


def _delivery_faults(trail: Trail, status: TrailStatus) -> Iterator[Offender]:
    if status.delivery_error:
        observed = f"the last delivery to {trail.bucket} failed: {status.delivery_error}"
        yield Offender(trail.arn, "delivery-failing", observed, "a last delivery without error")
    if status.log_group_error:
        observed = f"the last delivery to its log group failed: {status.log_group_error}"
        expected = "a last delivery without error"
        yield Offender(trail.arn, "log-group-delivery-failing", observed, expected)


def _delivery_age_faults(
    trail: Trail, status: TrailStatus | None, now: datetime, hours: int
) -> Iterator[Offender]:
    expected = f"a delivery without error within {hours} h"
    if status is None:
        observed = "its deliveries could not be seen"
        unseen = ("trail_statuses",)
        yield Offender(trail.arn, "no-recent-delivery", observed, expected, absent_from=unseen)
        return
    if status.delivery_error:
        observed = f"the last delivery to {trail.bucket} failed: {status.delivery_error}"
        yield Offender(trail.arn, "delivery-failing", observed, expected)
    oldest = now - timedelta(hours=hours)
    newest = max((at for at in (status.delivered_at, status.started_at) if at), default=oldest)
    if newest <= oldest:
        observed = "it has never delivered"
        if status.delivered_at:
            age = (now - status.delivered_at).total_seconds() / 3600
            observed = f"the last delivery was {age:.0f} h ago"
        yield Offender(trail.arn, "no-recent-delivery", observed, expected)
