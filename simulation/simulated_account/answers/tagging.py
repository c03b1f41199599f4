"""The tagging API of resource groups: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class Tagging(ServiceAnswers):
    """The tagging API of resource groups."""

    service = "resourcegroupstaggingapi"
