"""KMS: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class Kms(ServiceAnswers):
    """KMS."""

    service = "kms"
