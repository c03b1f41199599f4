"""AWS Secrets Manager, without the values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's metadata, also of one that is scheduled for deletion.

    `current_version` is the id of the version labelled AWSCURRENT, `pending_version` that of
    another version labelled AWSPENDING: a rotation that is under way, or has come to nothing.
    `next_rotation_at` is when the next rotation is due at the latest, None while rotation is off.
    `primary_region` is set for a replica only.
    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html
    """

    arn: str
    name: str
    created_at: datetime
    changed_at: datetime
    rotated_at: datetime | None = None
    deleted_at: datetime | None = None
    current_version: str | None = None
    pending_version: str | None = None
    rotation_enabled: bool = False
    next_rotation_at: datetime | None = None
    primary_region: str | None = None
