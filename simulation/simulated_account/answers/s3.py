"""S3: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class S3(ServiceAnswers):
    """S3."""

    service = "s3"
