"""Secrets Manager: moto's secrets are all of today, with ends of their ARNs that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulated_account.answers.service import ServiceAnswers

if TYPE_CHECKING:
    from datetime import datetime


class SecretsManager(ServiceAnswers):
    """The ages of secrets, and rotations that came to nothing."""

    service = "secretsmanager"

    def date_secret(
        self,
        region: str,
        name: str,
        changed: datetime,
        *,
        rotated: datetime | None = None,
        next_rotation: datetime | None = None,
    ) -> None:
        """A secret that was last changed then; one that rotates by itself where a date is due."""
        secret = self._secret(region, name)
        secret.created_date = min(secret.created_date, changed.timestamp())
        secret.last_changed_date = changed.timestamp()
        secret.last_rotation_date = rotated.timestamp() if rotated else None
        secret.next_rotation_date = next_rotation.timestamp() if next_rotation else None
        secret.rotation_requested = secret.rotation_enabled = next_rotation is not None

    def end_arn(self, region: str, name: str, end: str) -> None:
        """The six characters with which AWS ends the secret's ARN, as they are known to be."""
        secret = self._secret(region, name)
        secret.arn = f"{secret.arn[:-6]}{end}"

    def label(self, region: str, name: str, version_id: str, *labels: str) -> None:
        """The version that carries these labels from now on; the others lose them."""
        versions = self._secret(region, name).versions
        for version in versions.values():
            version["version_stages"] = [
                each for each in version["version_stages"] if each not in labels
            ]
        versions[version_id] = {"version_id": version_id, "version_stages": list(labels)}

    def _secret(self, region: str, name: str) -> Any:
        return self.moto.backend("secretsmanager", region).secrets[name]
