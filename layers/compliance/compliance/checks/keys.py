"""KMS: keys that rotate, and that nobody is about to lose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC

from compliance.facts.keys import Key, KeyRotation
from compliance.model import Offender, Verdict, plural
from compliance.registry import check

# https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
_DEFAULT_PERIOD_DAYS = 365
_PENDING_DELETION = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


@check(alone=True)
def customer_keys_rotate_and_are_kept(
    keys: Sequence[Key], key_rotations: Sequence[KeyRotation], *, days: int
) -> Verdict:
    """Every enabled key that KMS can rotate is rotated within `days`; none is pending deletion.

    What is under a deleted key is lost for good, backups included. KMS rotates only symmetric keys
    whose material it made and keeps, so that others are judged for deletion alone, and so is a
    replica of a key of another region, which rotates with its primary. A disabled key protects
    nothing new and need not rotate. Keys that AWS manages rotate every year by themselves.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    """
    owned = {key.arn: key for key in keys if key.customer_managed}
    if not owned:
        return Verdict.not_applicable("no customer-managed keys in the region")
    return Verdict.of(
        "customer-managed key",
        owned,
        (
            *(offender for key in owned.values() for offender in _about_to_go(key)),
            *(offender for each in key_rotations for offender in _rarely(each, owned, days)),
        ),
        holds=f"all that can rotate do within {days} days, and none is pending deletion",
    )


def _about_to_go(key: Key) -> Iterator[Offender]:
    if key.state in _PENDING_DELETION:
        when = f" on {key.deletion_at.astimezone(UTC):%Y-%m-%d}" if key.deletion_at else ""
        without = "" if when else " once its replicas are gone"
        observed = f"{_called(key)}is deleted{when}{without}"
        yield Offender(key.arn, "pending-deletion", observed, "a key that is kept")


def _rarely(rotation: KeyRotation, keys: Mapping[str, Key], days: int) -> Iterator[Offender]:
    key = keys.get(rotation.key_arn)
    called = _called(key) if key else ""
    period = rotation.period_days or _DEFAULT_PERIOD_DAYS
    expected = f"rotation every {plural(days, 'day')} or more often"
    if not rotation.enabled:
        observed = f"{called}does not rotate by itself"
        yield Offender(rotation.key_arn, "rotation-disabled", observed, expected)
    elif period > days:
        observed = f"{called}rotates every {period} days"
        yield Offender(rotation.key_arn, "rotated-too-rarely", observed, expected)


def _called(key: Key) -> str:
    return f"{key.aliases[0]} " if key.aliases else ""
