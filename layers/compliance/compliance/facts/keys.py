"""AWS KMS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeyAlias:
    """A name of a key; those that begin with `alias/aws/` are of keys that AWS manages.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_AliasListEntry.html
    """

    name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the account, in the region of its ARN.

    `state` is AWS's own word: Enabled, Disabled, PendingDeletion and so on. `can_rotate` says
    whether KMS can rotate it by itself: a customer's symmetric key whose material KMS made and
    keeps, and no replica of a key of another region.
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    """

    arn: str
    manager: str
    state: str
    aliases: tuple[str, ...] = ()
    can_rotate: bool = False
    deletion_at: datetime | None = None

    @property
    def customer_managed(self) -> bool:
        """Whether its owner, and not AWS, decides on its rotation and deletion."""
        return self.manager == "CUSTOMER"


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """Whether KMS rotates a key by itself, and how many days apart; None while it does not.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
    """

    key_arn: str
    enabled: bool
    period_days: int | None = None
