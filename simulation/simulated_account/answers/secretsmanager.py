"""Secrets Manager: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class SecretsManager(ServiceAnswers):
    """Secrets Manager."""

    service = "secretsmanager"
