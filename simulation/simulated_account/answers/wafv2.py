"""WAF: what moto lacks of it or gets wrong."""

from __future__ import annotations

from simulated_account.answers.service import ServiceAnswers


class Wafv2(ServiceAnswers):
    """WAF."""

    service = "wafv2"
