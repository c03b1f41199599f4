"""DynamoDB: what can be restored, under which key, at which capacity and in which regions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from compliance.backup_plans import COVERAGE_FACTS, Coverage
from compliance.facts.backups import (
    BackupPlan,
    BackupSelection,
    BackupSettings,
    RecoveryPoint,
    ResourceTags,
)
from compliance.facts.keys import Key
from compliance.facts.scaling import ScalableTarget, ScalingPolicy
from compliance.facts.tables import ARCHIVED, ContinuousBackups, Index, OnDemandBackup, Table
from compliance.facts.times_to_live import TimeToLive
from compliance.model import Identity, Offender, Verdict
from compliance.printable import minute
from compliance.registry import check
from compliance.restorable import TABLE_SOURCES, newest_of, stale, table_points

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html
_DEFAULT_RECOVERY_DAYS = 35
# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
_USABLE_KEYS = frozenset({"Enabled", "Creating", "Updating"})
_OUT_OF_REACH = ARCHIVED | {"INACCESSIBLE_ENCRYPTION_CREDENTIALS"}
_SERVING = frozenset({"ACTIVE", "UPDATING"})
_MODES = {"PAY_PER_REQUEST": "on demand", "PROVISIONED": "provisioned"}
_EXPIRING = frozenset({"ENABLED", "ENABLING"})
_WILDCARDS = frozenset("*?[")
_NO_TABLES = Verdict.not_applicable("no tables in the region")


@check(alone=True)
def tables_can_be_restored_to_any_second(
    tables: Sequence[Table], continuous_backups: Sequence[ContinuousBackups]
) -> Verdict:
    """Point-in-time recovery is on for every table, and for every replica in its own region.

    A replica keeps a setting of its own, so that of the table says nothing of it.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    if not tables:
        return _NO_TABLES
    return Verdict.of(
        "table",
        (backups.table_arn for backups in continuous_backups),
        (
            Offender(
                backups.table_arn,
                "pitr-disabled",
                "point-in-time recovery is off",
                "point-in-time recovery on",
            )
            for backups in continuous_backups
            if not backups.enabled
        ),
        holds="point-in-time recovery is on for all",
    )


@check(alone=True)
def table_backups_are_kept(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    backup_plans: Sequence[BackupPlan],
    backup_selections: Sequence[BackupSelection],
    table_tags: Sequence[ResourceTags],
    backup_settings: Sequence[BackupSettings],
    *,
    days: int,
) -> Verdict:
    """Each table can be restored as it was `days` ago: by recovery period or by a backup plan.

    The longest of what keeps counts, one rule of one plan is enough. Backups that a person takes do
    not count: nothing takes the next one.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    if not tables:
        return _NO_TABLES
    recovery = {backups.table_arn: backups for backups in continuous_backups}
    coverage = Coverage(backup_plans, backup_selections, table_tags, backup_settings)
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        (
            offender
            for table in tables
            for offender in _kept(
                table, recovery.get(table.arn), coverage.plans_for(table.arn), days
            )
        ),
        holds=f"all can be restored as they were {days} days ago",
    )


def _kept(
    table: Table, recovery: ContinuousBackups | None, plans: Sequence[BackupPlan], days: int
) -> Iterator[Offender]:
    periods: list[tuple[float, str]] = []
    if recovery and recovery.enabled:
        period = recovery.recovery_period_days or _DEFAULT_RECOVERY_DAYS
        periods.append((period, f"point-in-time recovery keeps {period} days"))
    for plan in plans:
        for rule in plan.rules:
            kept = rule.delete_after_days
            periods.append((kept or float("inf"), f"plan {plan.name} keeps {kept} days"))
    longest, observed = max(periods, default=(0.0, "no recovery period and no backup plan"))
    if longest >= days:
        return
    yield Offender(
        table.arn,
        "kept-too-short" if periods else "nothing-kept",
        observed,
        f"{days} days or more",
        absent_from=("continuous_backups", *COVERAGE_FACTS),
    )


@check(alone=True)
def tables_have_a_fresh_restorable_point(
    tables: Sequence[Table],
    continuous_backups: Sequence[ContinuousBackups],
    on_demand_backups: Sequence[OnDemandBackup],
    recovery_points: Sequence[RecoveryPoint],
    now: datetime,
    *,
    hours: int,
) -> Verdict:
    """The newest point that each table can be restored to is less than `hours` old.

    It may come from point-in-time recovery, a backup on demand or an AWS Backup recovery point. A
    table younger than that is not due yet, whatever an earlier table of its name has left behind. A
    replica's points do not count for the table.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html
    """
    if not tables:
        return _NO_TABLES
    newest = newest_of(table_points(continuous_backups, on_demand_backups, recovery_points))
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        (
            offender
            for table in tables
            for offender in stale(
                table.arn, table.created_at, newest, now, timedelta(hours=hours), TABLE_SOURCES
            )
        ),
        holds=f"all can be restored to a point less than {hours} h old",
    )


@check
def tables_are_encrypted_under_a_usable_key(
    tables: Sequence[Table], keys: Sequence[Key], replica_keys: Sequence[Key]
) -> Verdict:
    """Each table is encrypted under a key of KMS, AWS's or one's own, that can be used.

    A key that AWS owns cannot be audited or revoked. One's own can be disabled or deleted, and then
    the table is out of reach, archived after seven days. A replica has the kind of key of its
    table, and of one's own a key in its region. Of a key that is not in this account nothing is
    known but that DynamoDB can still use it.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    """
    if not tables:
        return _NO_TABLES
    known: dict[str | None, Key] = {key.arn: key for key in (*keys, *replica_keys)}
    return Verdict.of(
        "table",
        [
            arn
            for table in tables
            for arn in (table.arn, *(replica.arn for replica in table.replicas.values()))
        ],
        (offender for table in tables for offender in _badly_encrypted(table, known)),
        holds="all are encrypted under a KMS key that can be used",
    )


def _badly_encrypted(table: Table, keys: Mapping[str | None, Key]) -> Iterator[Offender]:
    key = table.encryption
    if key is None or key.type != "KMS" or key.status not in {"ENABLED", "UPDATING"}:
        observed = f"{key.type} {key.status}" if key else "encrypted under a key that AWS owns"
        yield Offender(table.arn, "aws-owned-key", observed, "encrypted under a KMS key")
    if table.status in _OUT_OF_REACH or (key and key.inaccessible_at):
        since = key and key.inaccessible_at
        when = f" since {minute(since)}" if since else ""
        yield _inaccessible(table.arn, table.status, when)
    if key:
        yield from _unusable(table.arn, keys.get(key.key_arn))
    for replica in table.replicas.values():
        if replica.status in _OUT_OF_REACH:
            yield _inaccessible(replica.arn, replica.status, "")
        yield from _unusable(replica.arn, keys.get(replica.key_arn))


def _inaccessible(arn: str, status: str, when: str) -> Offender:
    observed = f"DynamoDB cannot use its key{when}: nothing can be read or written"
    if status in ARCHIVED:
        observed = f"DynamoDB cannot use its key{when}: it is {status}, its data only in a backup"
    return Offender(arn, "inaccessible", observed, "a key that DynamoDB can use")


def _unusable(arn: str, key: Key | None) -> Iterator[Offender]:
    if key is None or key.state in _USABLE_KEYS:
        return
    name = next(iter(key.aliases), key.arn)
    when = f" and deleted on {key.deletion_at.astimezone(UTC):%Y-%m-%d}" if key.deletion_at else ""
    at = f"--key-id {key.arn} --region {key.arn.split(':')[3]}"
    enable, cancel = f"aws kms enable-key {at}", f"aws kms cancel-key-deletion {at}"
    fault, fix = {
        "Disabled": ("key-disabled", enable),
        "PendingDeletion": ("key-pending-deletion", f"{cancel} && {enable}"),
        "PendingReplicaDeletion": ("key-pending-deletion", f"{cancel} && {enable}"),
    }.get(key.state, ("key-unavailable", None))
    observed = f"its key {name} is {key.state}{when}"
    yield Offender(arn, fault, observed, "a key that is Enabled", fix=fix)


@check(alone=True)
def provisioned_tables_scale(
    tables: Sequence[Table],
    table_scalable_targets: Sequence[ScalableTarget],
    table_scaling_policies: Sequence[ScalingPolicy],
    *,
    target_percent: int,
) -> Verdict:
    """Reads and writes of each provisioned table, and of each of its indexes, scale with the load.

    Each needs a scalable target between two different capacities, a policy, and scaling that is not
    suspended. A table whose capacity mode is being changed has the mode that AWS says; what is just
    being created is not due, and what is archived has no load to follow. Replicas are judged by a
    run in their own region.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
    """
    scaled = list(_scaled(tables))
    if not scaled:
        return Verdict.not_applicable("no table in the region has provisioned capacity")
    targets = {(each.resource_id, each.dimension): each for each in table_scalable_targets}
    policies = {(each.resource_id, each.dimension) for each in table_scaling_policies}
    return Verdict.of(
        "provisioned resource",
        (resource.arn for resource in scaled),
        (
            offender
            for resource in scaled
            for what, units in (("Read", resource.read_units), ("Write", resource.write_units))
            for offender in _Scaling(resource, what, units).faults(
                targets, policies, target_percent
            )
        ),
        holds="all scale their reads and writes",
    )


def _scaled(tables: Iterable[Table]) -> Iterator[Table | Index]:
    for table in tables:
        if table.provisioned and table.status != "CREATING" and not table.archived:
            yield table
            yield from table.indexes


class _Scaling:
    """How the reads or writes of a table or index scale."""

    def __init__(self, resource: Table | Index, what: str, units: int) -> None:
        kind = "index" if isinstance(resource, Index) else "table"
        self._arn = resource.arn
        self._what = what
        self._units = units
        self._id = resource.arn.split(":", 5)[5]
        self._dimension = f"dynamodb:{kind}:{what}CapacityUnits"

    def faults(
        self,
        targets: Mapping[tuple[str, str], ScalableTarget],
        policies: Collection[tuple[str, str]],
        percent: int,
    ) -> Iterator[Offender]:
        """What keeps the capacity from following the load."""
        at = self._id, self._dimension
        target = targets.get(at)
        if target is None:
            yield self._fault(
                "not-scaled",
                f"stay at {self._units} units: no scalable target",
                ("table_scalable_targets",),
                f"{self._register(self._units, 10 * self._units)} && {self._follow(percent)}",
            )
            return
        if at not in policies:
            yield self._fault(
                "without-policy",
                "have a scalable target and no policy",
                ("table_scaling_policies",),
                self._follow(percent),
            )
        if target.minimum == target.maximum:
            yield self._fault(
                "fixed",
                f"can only be {target.minimum} units",
                (),
                self._register(target.minimum, 10 * target.maximum),
            )
        if target.suspended:
            resumed = "DynamicScalingInSuspended=false,DynamicScalingOutSuspended=false"
            yield self._fault(
                "suspended",
                f"are suspended from scaling {' and '.join(target.suspended)}",
                (),
                self._command("register-scalable-target", f"--suspended-state {resumed}"),
            )

    def _fault(self, fault: str, observed: str, absent_from: tuple[str, ...], fix: str) -> Offender:
        what = f"{self._what.lower()}s"
        return Offender(
            self._arn,
            f"{what}-{fault}",
            f"its {what} {observed}",
            f"{what} that scale with the load",
            absent_from,
            fix,
        )

    def _register(self, minimum: int, maximum: int) -> str:
        bounds = f"--min-capacity {max(1, minimum)} --max-capacity {max(10, maximum)}"
        return self._command("register-scalable-target", bounds)

    def _follow(self, percent: int) -> str:
        metric = f"PredefinedMetricType=DynamoDB{self._what}CapacityUtilization"
        policy = f"'TargetValue={percent},PredefinedMetricSpecification={{{metric}}}'"
        return self._command(
            "put-scaling-policy",
            f"--policy-name {self._what.lower()}-utilization --policy-type TargetTrackingScaling"
            f" --target-tracking-scaling-policy-configuration {policy}",
        )

    def _command(self, operation: str, options: str) -> str:
        return (
            f"aws application-autoscaling {operation} --service-namespace dynamodb"
            f" --resource-id {self._id} --scalable-dimension {self._dimension} {options}"
            f" --region {self._arn.split(':')[3]}"
        )


@check
def replicas_are_live(
    tables: Sequence[Table], identity: Identity, *, replicas: Sequence[Mapping[str, Any]]
) -> Verdict:
    """Each table that the baseline names has a replica in each region named with it, and it serves.

    ACTIVE and UPDATING replicas serve; any other status is a fault called by AWS's word for it. In
    the run's own region the table itself is all that is asked for, unless its key is lost. A
    witness of a table with strong consistency holds nothing that could be read: it is no replica.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html
    """
    if not replicas:
        return Verdict.not_applicable(
            "single-region: the baseline asks for no replicas", settled=True
        )
    named = {table.name: table for table in tables}
    demands = [_Demand(each["table"], region) for each in replicas for region in each["regions"]]
    return Verdict.of(
        "replica",
        (demand.resource(named) for demand in demands),
        (offender for demand in demands for offender in demand.faults(named, identity.region)),
        holds="all serve in their regions",
        seen=(demand.name for demand in demands),
    )


@dataclass(frozen=True, slots=True)
class _Demand:
    """A table that must be in a region."""

    table: str
    region: str

    @property
    def name(self) -> str:
        """What is missing, as the baseline names it."""
        return f"replica:{self.table}/{self.region}"

    def resource(self, tables: Mapping[str, Table]) -> str:
        """The replica's ARN where there is one."""
        table = tables.get(self.table)
        replica = table.replicas.get(self.region) if table else None
        return replica.arn if replica else self.name

    def faults(self, tables: Mapping[str, Table], home: str) -> Iterator[Offender]:
        """What keeps the replica from serving."""
        expected = f"a replica of {self.table} in {self.region}"
        table = tables.get(self.table)
        if table is None:
            observed = f"no table of that name in {home}"
            yield Offender(self.name, "no-table", observed, expected, absent_from=("tables",))
            return
        replica = table.replicas.get(self.region)
        if replica is None:
            if self.region == home:
                if table.status in _OUT_OF_REACH:
                    yield _not_serving(self.name, f"the table in {home}", table.status, expected)
            else:
                yield Offender(
                    self.name,
                    "missing",
                    "no replica there",
                    expected,
                    fix=f"aws dynamodb update-table --table-name {self.table} --region {home}"
                    f" --replica-updates 'Create={{RegionName={self.region}}}'",
                )
        elif replica.status not in _SERVING:
            what = f"the replica in {self.region}"
            yield _not_serving(replica.arn, what, replica.status, expected)


def _not_serving(resource: str, what: str, status: str, expected: str) -> Offender:
    fault = status.lower().replace("_", "-")
    return Offender(resource, fault, f"{what} is {status}", f"{expected} that is ACTIVE")


@check(alone=True)
def tables_have_the_expected_billing_mode(
    tables: Sequence[Table], *, mode: str, provisioned_tables: Sequence[str]
) -> Verdict:
    """Every table has the baseline's capacity mode; one that the baseline names may have either.

    A table that AWS gives no mode for has been provisioned since it was made. While a mode is being
    changed, it is what AWS says. The table class prices storage and is no matter of this.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html
    """
    if not tables:
        return _NO_TABLES
    return Verdict.of(
        "table",
        (table.arn for table in tables),
        (
            Offender(
                table.arn,
                "provisioned" if table.provisioned else "on-demand",
                _capacity(table),
                f"{_MODES[mode]}, or an exception in the baseline",
            )
            for table in tables
            if table.billing_mode != mode and table.name not in provisioned_tables
        ),
        holds=f"all are {_MODES[mode]} or named as exceptions",
    )


def _capacity(table: Table) -> str:
    if not table.provisioned:
        return "on demand"
    return f"provisioned: {table.read_units} read and {table.write_units} write units"


@check(alone=True)
def temporary_items_expire(
    tables: Sequence[Table],
    times_to_live: Sequence[TimeToLive],
    *,
    temporary: Mapping[str, Any],
) -> Verdict:
    """Each table that the baseline calls temporary has TTL, on the attribute that the code writes.

    TTL that is being switched on counts: AWS takes up to an hour. A table that is named in full
    must exist; a pattern, and a tag, may match none.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
    """
    if not temporary["names"] and temporary["tag"] is None:
        return Verdict.not_applicable("the baseline names no temporary tables", settled=True)
    existing = {table.name for table in tables}
    missing = [
        name for name in temporary["names"] if name not in existing and not _WILDCARDS & set(name)
    ]
    if not times_to_live and not missing:
        return Verdict.not_applicable("no table is temporary by the baseline's names or tag")
    offenders = [
        fault for ttl in times_to_live for fault in ttl_faults(ttl, temporary["attribute"])
    ]
    offenders += [
        Offender(
            f"table:{name}",
            "missing",
            "no such table in the region",
            "the temporary table that the baseline names",
            absent_from=("tables",),
        )
        for name in missing
    ]
    return Verdict.of(
        "temporary table",
        [*(ttl.table_arn for ttl in times_to_live), *(f"table:{name}" for name in missing)],
        offenders,
        holds="all expire their items",
    )


def ttl_faults(ttl: TimeToLive, attribute: str) -> Iterator[Offender]:
    """What is wrong with a table's TTL: off, or on another attribute than the code writes."""
    expected = f"TTL on {attribute}"
    if ttl.status not in _EXPIRING:
        yield Offender(ttl.table_arn, "ttl-off", f"TTL is {ttl.status.lower()}", expected)
    elif ttl.attribute != attribute:
        yield Offender(ttl.table_arn, "other-attribute", f"TTL on {ttl.attribute}", expected)
