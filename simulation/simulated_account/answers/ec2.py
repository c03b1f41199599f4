"""EC2: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class Ec2(ServiceAnswers):
    """EC2."""

    service = "ec2"
