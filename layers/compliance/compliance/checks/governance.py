"""Compliance and governance: where data lives, how long, and who was seen with it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from compliance.checks.dynamodb import ttl_faults
from compliance.facts.backups import BackupCopy, BackupPlan
from compliance.facts.buckets import Bucket, BucketLifecycle, LifecycleRule
from compliance.facts.logs import LogGroup
from compliance.facts.tables import Table
from compliance.facts.times_to_live import TimeToLive
from compliance.facts.trails import EventSelector, Trail, TrailEvents, TrailStatus
from compliance.model import Identity, Offender, Verdict, name_of
from compliance.registry import check

_RECORDERS = ("trails", "trail_statuses", "trail_events")


@check
def access_to_data_is_recorded_and_kept(
    trails: Sequence[Trail],
    trail_statuses: Sequence[TrailStatus],
    trail_events: Sequence[TrailEvents],
    tables: Sequence[Table],
    buckets: Sequence[Bucket],
    bucket_lifecycles: Sequence[BucketLifecycle],
    identity: Identity,
    *,
    audited: Sequence[str],
    days: int,
) -> Verdict:
    """Reads and writes of each audited table and bucket are data events of a trail that is logging.

    `audited` are patterns of ARNs. Several selectors, and several trails, may share the work. The
    bucket that such a trail delivers to expires no file before `days`; what a bucket of another
    account keeps cannot be seen from here and is that account's to judge.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
    """
    logging = {status.trail_arn for status in trail_statuses if status.logging}
    recorders = [trail for trail in trails if trail.arn in logging]
    selectors = {events.trail_arn: events.selectors for events in trail_events}
    subjects = [
        *(("AWS::DynamoDB::Table", table.arn, identity.region) for table in tables),
        *(("AWS::S3::Object", bucket.arn, bucket.region) for bucket in buckets),
    ]
    subjects = [each for each in subjects if any(fnmatchcase(each[1], p) for p in audited)]
    if not subjects:
        return Verdict.not_applicable("no table or bucket that the baseline wants audited")
    offenders: list[Offender] = []
    used: set[str] = set()
    for kind, arn, region in subjects:
        taking = {
            trail.arn: [s for s in selectors.get(trail.arn, ()) if _takes(s, kind, arn)]
            for trail in recorders
            if trail.covers(region)
        }
        used.update(trail for trail, taken in taking.items() if taken)
        offenders += _access_faults(arn, [s for taken in taking.values() for s in taken])
    lifecycles = {lifecycle.bucket_arn: lifecycle.rules for lifecycle in bucket_lifecycles}
    owned = {bucket.name: bucket.arn for bucket in buckets}
    kept_in = [
        (owned[trail.bucket], trail)
        for trail in recorders
        if trail.arn in used and trail.bucket in owned
    ]
    for bucket, trail in kept_in:
        offenders += _kept_faults(bucket, lifecycles.get(bucket, ()), trail, identity, days)
    return Verdict.of(
        "audited table or bucket",
        [*(arn for _, arn, _ in subjects), *(bucket for bucket, _ in kept_in)],
        offenders,
        holds=f"access to all is recorded, and kept {days} days",
    )


def _takes(selector: EventSelector, kind: str, arn: str) -> bool:
    """Whether a selector takes all the events of a table, or of every object of a bucket."""
    if selector.category != "Data" or selector.narrowed or selector.resource_type != kind:
        return False
    is_table = kind == "AWS::DynamoDB::Table"
    takes = _matches if is_table else _matches_object
    leaves_out = _matches if is_table else _may_match_object
    named = [
        (operator, value)
        for operator, values in selector.arns.items()
        for value in values
        if not operator.startswith("Not")
    ]
    left_out = [
        (operator.removeprefix("Not"), value)
        for operator, values in selector.arns.items()
        for value in values
        if operator.startswith("Not")
    ]
    taken = not named or any(takes(operator, arn, value) for operator, value in named)
    return taken and not any(leaves_out(operator, arn, value) for operator, value in left_out)


def _matches(operator: str, arn: str, value: str) -> bool:
    if operator == "Equals":
        return arn == value
    return arn.startswith(value) if operator == "StartsWith" else arn.endswith(value)


def _matches_object(operator: str, bucket: str, value: str) -> bool:
    """Whether every object of a bucket matches: only a prefix of all its keys does."""
    return operator == "StartsWith" and f"{bucket}/".startswith(value)


def _may_match_object(operator: str, bucket: str, value: str) -> bool:
    """Whether an object of the bucket could match, so that it would be left out."""
    objects = f"{bucket}/"
    return operator == "EndsWith" or objects.startswith(value) or value.startswith(objects)


def _access_faults(arn: str, selectors: Sequence[EventSelector]) -> Iterator[Offender]:
    reads = any(selector.reads for selector in selectors)
    writes = any(selector.writes for selector in selectors)
    if reads and writes:
        return
    fault, observed = {
        (False, False): ("access-not-recorded", "no trail records all access to its data"),
        (True, False): ("writes-not-recorded", "its data events are recorded only where they read"),
        (False, True): ("reads-not-recorded", "its data events are recorded only where they write"),
    }[reads, writes]
    expected = "data events, reads and writes, in a trail that is logging"
    yield Offender(arn, fault, observed, expected, absent_from=_RECORDERS)


def _kept_faults(
    bucket: str, rules: Iterable[LifecycleRule], trail: Trail, identity: Identity, days: int
) -> Iterator[Offender]:
    for rule in rules:
        if not rule.enabled or rule.tagged or not _reaches(rule.prefix, trail, identity.account):
            continue
        kept = 0 if rule.expires_on_a_date else rule.expires_after_days
        if kept is not None and kept < days:
            age = "from a fixed date on" if rule.expires_on_a_date else f"after {kept} days"
            observed = f"its lifecycle rule {rule.id or 'without a name'} expires trail files {age}"
            yield Offender(bucket, "kept-too-short", observed, f"{days} days or more")
            return


def _reaches(prefix: str, trail: Trail, account: str) -> bool:
    """Whether a rule for `prefix` takes the trail's files of this account.

    An organization's trail has its id between AWSLogs/ and the account.
    """
    before = f"{trail.log_prefix}/AWSLogs/" if trail.log_prefix else "AWSLogs/"
    files = f"{before}{account}/CloudTrail/"
    plain = re.sub(rf"^({re.escape(before)})o-[a-z0-9]*/?", r"\1", prefix)
    return files.startswith(plain) or plain.startswith(files)


@check
def data_stays_in_the_allowed_regions(
    buckets: Sequence[Bucket],
    tables: Sequence[Table],
    backup_plans: Sequence[BackupPlan],
    identity: Identity,
    *,
    allowed_regions: Sequence[str],
) -> Verdict:
    """Buckets, tables with their replicas, and what backup plans copy are in the allowed regions.

    A copy's place is the vault that it goes to.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
    """
    places = [
        *((bucket.arn, bucket.region, "bucket", None) for bucket in buckets),
        *((table.arn, table.arn.split(":")[3], "table", _look_at(table)) for table in tables),
        *(
            (replica.arn, region, f"replica of {table.name}", _without(table, region))
            for table in tables
            for region, replica in table.replicas.items()
        ),
        *(
            (
                copy.vault_arn,
                copy.region,
                f"vault for the copies of plan {plan.name}",
                _copies_of(plan, copy, identity.region),
            )
            for plan in backup_plans
            for rule in plan.rules
            for copy in rule.copies
        ),
    ]
    if not places:
        return Verdict.not_applicable("no buckets in the account, no tables in the region")
    expected = f"data in {', '.join(allowed_regions)} alone"
    return Verdict.of(
        "place of data",
        (arn for arn, *_ in places),
        (
            Offender(arn, "region-not-allowed", f"a {kind} in {region}", expected, fix=fix)
            for arn, region, kind, fix in places
            if region not in allowed_regions
        ),
        holds=f"all are in {', '.join(allowed_regions)}",
    )


def _look_at(table: Table) -> str:
    name, region = shlex.quote(table.name), table.arn.split(":")[3]
    return f"aws dynamodb describe-table --table-name {name} --region {region}"


def _without(table: Table, region: str) -> str:
    """Takes the replica away; the table keeps all that is in it."""
    deleted = json.dumps([{"Delete": {"RegionName": region}}])
    return (
        f"aws dynamodb update-table --table-name {shlex.quote(table.name)} "
        f"--replica-updates {shlex.quote(deleted)} --region {table.arn.split(':')[3]}"
    )


def _copies_of(plan: BackupPlan, copy: BackupCopy, home: str) -> str:
    """What the plan copies where, to be changed, and what lies there already."""
    vault = shlex.quote(name_of(copy.vault_arn))
    return (
        f"aws backup get-backup-plan --backup-plan-id {plan.id} --region {home} && "
        "aws backup list-recovery-points-by-backup-vault "
        f"--backup-vault-name {vault} --region {copy.region}"
    )


@check(alone=True)
def data_expires_on_schedule(
    bucket_lifecycles: Sequence[BucketLifecycle],
    times_to_live: Sequence[TimeToLive],
    log_groups: Sequence[LogGroup],
    *,
    attribute: str,
) -> Verdict:
    """Each bucket expires something, each temporary table its items, each log group its events.

    A lifecycle rule counts when it is enabled and expires current or noncurrent versions; one that
    only moves objects to a cheaper class keeps them for ever. Whether the limits are the promised
    ones, the owner of the policy attests.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
    """
    groups = [group for group in log_groups if group.log_class != "DELIVERY"]
    if not (bucket_lifecycles or times_to_live or groups):
        return Verdict.not_applicable("no buckets, no temporary tables, no log groups")
    offenders = [
        *(fault for lifecycle in bucket_lifecycles for fault in _lifecycle_faults(lifecycle)),
        *(fault for ttl in times_to_live for fault in ttl_faults(ttl, attribute)),
        *(
            Offender(group.arn, "never-expires", "never expires", "a retention")
            for group in groups
            if group.retention_days is None
        ),
    ]
    return Verdict.of(
        "store of data",
        [
            *(lifecycle.bucket_arn for lifecycle in bucket_lifecycles),
            *(ttl.table_arn for ttl in times_to_live),
            *(group.arn for group in groups),
        ],
        offenders,
        holds="all have a limit",
    )


def _lifecycle_faults(lifecycle: BucketLifecycle) -> Iterator[Offender]:
    if any(rule.limits for rule in lifecycle.rules):
        return
    expected = "an enabled lifecycle rule that expires current or noncurrent versions"
    if lifecycle.rules:
        observed = "none of its lifecycle rules is enabled and expires anything"
        yield Offender(lifecycle.bucket_arn, "nothing-expires", observed, expected)
    else:
        yield Offender(lifecycle.bucket_arn, "no-lifecycle", "no lifecycle rule", expected)
