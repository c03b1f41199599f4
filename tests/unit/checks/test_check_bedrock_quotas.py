"""Bedrock's quotas are held against the minimums of the baseline."""

from __future__ import annotations

from typing import Any

from example_alarms import IDENTITY

from compliance.checks.bedrock import model_quotas_cover_the_traffic
from compliance.facts.quotas import Quota
from compliance.model import Verdict

REQUESTS = {"service": "bedrock", "code": "L-1", "name": "requests a minute", "minimum": 100}
OTHER = {"service": "apigateway", "code": "L-2", "name": "connections", "minimum": 500}


def judged(*quotas: Quota, minimums: tuple[dict[str, Any], ...] = (REQUESTS, OTHER)) -> Verdict:
    return model_quotas_cover_the_traffic(quotas, IDENTITY, minimums=minimums)


def test_a_quota_of_the_minimum_suffices() -> None:
    verdict = judged(Quota("bedrock", "L-1", 100))
    assert (verdict.offenders, verdict.evaluated) == ((), ("quota:bedrock/L-1",))


def test_a_lower_quota_fails_with_the_request_that_raises_it() -> None:
    (offender,) = judged(Quota("bedrock", "L-1", 99)).offenders
    assert offender.key == ("quota:bedrock/L-1", "below-minimum")
    assert offender.observed == "99 requests a minute"
    assert "--quota-code L-1 --desired-value 100" in str(offender.fix)


def test_a_quota_that_aws_does_not_know_fails() -> None:
    (offender,) = judged(Quota("apigateway", "L-1", 999)).offenders
    assert (offender.fault, offender.absent_from) == ("unknown-quota", ("quotas",))


def test_quotas_of_other_services_are_no_matter_of_the_model() -> None:
    assert judged(minimums=(OTHER,)).inapplicable == "the baseline names no quota of Bedrock"
