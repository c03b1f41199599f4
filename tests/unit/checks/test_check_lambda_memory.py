"""No function's memory is far from what its use calls for."""

from __future__ import annotations

import shlex

import pytest
from example_alarms import FUNCTION

from compliance.checks.optimization import functions_have_the_memory_that_they_use
from compliance.facts.recommendations import FunctionRecommendation, OptimizerEnrollment
from compliance.model import Verdict

ARN = FUNCTION.arn
NONE = "Compute Optimizer has advice on no function"


def judged(*advice: FunctionRecommendation, status: str = "Active") -> Verdict:
    return functions_have_the_memory_that_they_use(
        [OptimizerEnrollment(status)], advice, saving_usd_monthly=5
    )


def advised(saving: float, *, memory: int = 1024, better: int = 512) -> FunctionRecommendation:
    return FunctionRecommendation(ARN, "NotOptimized", memory, better, saving)


def test_an_optimized_function_holds() -> None:
    verdict = judged(FunctionRecommendation(ARN, "Optimized", 512))
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_function_that_saves_more_than_the_baselines_saving_fails() -> None:
    [offender] = judged(advised(14.2)).offenders
    assert offender.key == (ARN, "oversized")
    assert offender.observed == "has 1,024 MB"
    assert offender.expected == "512 MB, which saves 14.20 USD a month"
    assert shlex.split(str(offender.fix)) == [
        *("aws", "lambda", "update-function-configuration", "--function-name", ARN),
        *("--memory-size", "512", "--region", "us-east-1"),
    ]


def test_a_function_that_saves_just_that_or_less_holds() -> None:
    assert judged(advised(5.0)).offenders == ()
    assert judged(advised(5.01)).offenders != ()


def test_a_function_with_too_little_memory_fails_whatever_it_saves() -> None:
    [offender] = judged(advised(0.0, memory=256, better=512)).offenders
    assert offender.key == (ARN, "undersized")
    assert offender.expected == "512 MB"


@pytest.mark.parametrize("finding", ["Optimized", "Unavailable"])
def test_other_findings_offend_nothing(finding: str) -> None:
    assert judged(FunctionRecommendation(ARN, finding, 1024, 128, 99.0)).offenders == ()


def test_not_optimized_without_an_option_offends_nothing() -> None:
    assert judged(FunctionRecommendation(ARN, "NotOptimized", 1024)).offenders == ()


def test_functions_that_cannot_be_told_are_not_judged() -> None:
    unavailable = FunctionRecommendation(f"{ARN}-2", "Unavailable", 128)
    assert judged(unavailable).inapplicable == NONE
    verdict = judged(unavailable, FunctionRecommendation(ARN, "Optimized", 512))
    assert (verdict.evaluated, verdict.seen) == ((ARN,), (unavailable.function_arn, ARN))


def test_without_advice_nothing_is_judged() -> None:
    assert judged().inapplicable == NONE


def test_of_several_versions_the_one_that_saves_most_is_told() -> None:
    [offender] = judged(advised(30.0, better=256), advised(20.0)).offenders
    assert offender.expected == "256 MB, which saves 30.00 USD a month"


@pytest.mark.parametrize("status", ["Inactive", "Pending", "Failed"])
def test_an_account_that_takes_no_part_fails(status: str) -> None:
    verdict = judged(advised(99.0), status=status)
    [offender] = verdict.offenders
    assert offender.key == ("compute-optimizer:enrollment", "not-enrolled")
    assert offender.observed == f"the account's part in Compute Optimizer is {status.lower()}"
    assert offender.absent_from == ("optimizer_enrollment",)
    assert verdict.evaluated == ("compute-optimizer:enrollment",)


def test_why_taking_part_failed_is_told() -> None:
    verdict = functions_have_the_memory_that_they_use(
        [OptimizerEnrollment("Failed", "no role")], [], saving_usd_monthly=5
    )
    assert verdict.offenders[0].observed.endswith("is failed: no role")
