"""AWS Secrets Manager: metadata alone, no value is ever read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.secrets import Secret
from compliance.registry import Read, collector

LIST_SECRETS = Read("secretsmanager", "ListSecrets")


@collector(LIST_SECRETS)
def secrets(reader: Reader) -> Iterator[Secret]:
    """Every secret in the region, those about to be deleted too, 100 a page."""
    region = reader.identity.region
    for page in reader.pages(LIST_SECRETS, IncludePlannedDeletion=True, MaxResults=100):
        for secret in page.get("SecretList", ()):
            yield _secret(secret, region)


def _secret(secret: Mapping[str, Any], region: str) -> Secret:
    versions: Mapping[str, Sequence[str]] = secret.get("SecretVersionsToStages") or {}
    labelled = {label: version for version, labels in versions.items() for label in labels}
    current, pending = labelled.get("AWSCURRENT"), labelled.get("AWSPENDING")
    primary = secret.get("PrimaryRegion")
    created = secret["CreatedDate"]
    return Secret(
        arn=secret["ARN"],
        name=secret["Name"],
        created_at=created,
        changed_at=secret.get("LastChangedDate") or created,
        rotated_at=secret.get("LastRotatedDate"),
        deleted_at=secret.get("DeletedDate"),
        current_version=current,
        pending_version=pending if pending != current else None,
        rotation_enabled=bool(secret.get("RotationEnabled")),
        next_rotation_at=secret.get("NextRotationDate"),
        primary_region=primary if primary != region else None,
    )
