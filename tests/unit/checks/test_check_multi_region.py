"""The workload's stack stands in the second region as well."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from compliance.checks.disaster_recovery import stack_stands_in_the_second_region
from compliance.facts.stacks import Stack, StackResource
from compliance.model import Verdict

ARN = "arn:aws:cloudformation:us-west-2:123456789012:stack/omnitrack-ai/1"
THERE = Stack(ARN, "omnitrack-ai", "UPDATE_COMPLETE")
TABLE = StackResource("Orders", "AWS::DynamoDB::Table")
API = StackResource("Api", "AWS::ApiGateway::RestApi")


def judged(
    stacks: Sequence[Stack] = (THERE,),
    here: Sequence[StackResource] = (TABLE, API),
    there: Sequence[StackResource] = (TABLE, API),
    second_region: str | None = "us-west-2",
) -> Verdict:
    return stack_stands_in_the_second_region(
        stacks, here, there, stack="omnitrack-ai", second_region=second_region
    )


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


def test_a_stack_with_every_resource_holds() -> None:
    assert judged().offenders == ()


def test_a_workload_of_one_region_is_not_judged() -> None:
    verdict = judged([], [], [], second_region=None)
    assert verdict.inapplicable == "the baseline names no second region"


def test_a_stack_that_is_not_there_is_missing() -> None:
    [offender] = judged([Stack("arn:other", "network", "CREATE_COMPLETE")], there=[]).offenders
    assert offender.key == ("stack:omnitrack-ai", "missing")
    assert offender.absent_from == ("second_region_stacks",)


def test_a_resource_that_is_not_there_is_missing() -> None:
    [offender] = judged(there=[API]).offenders
    assert offender.key == ("stack-resource:Orders", "missing")
    assert offender.observed == "no AWS::DynamoDB::Table Orders in us-west-2"
    assert offender.absent_from == ("second_region_stack_resources",)


@pytest.mark.parametrize("kind", ["AWS::IAM::Role", "AWS::DynamoDB::GlobalTable"])
def test_what_is_there_once_for_all_regions_need_not_be_there_twice(kind: str) -> None:
    assert judged(here=[TABLE, StackResource("Once", kind)]).offenders == ()


def test_without_a_stack_in_the_first_region_nothing_is_compared() -> None:
    [offender] = judged(here=[]).offenders
    assert offender.key == ("stack:omnitrack-ai", "nothing-to-compare")
    assert offender.absent_from == ("stack_resources",)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"])
def test_a_completed_operation_stands(status: str) -> None:
    assert judged([Stack(ARN, "omnitrack-ai", status)]).offenders == ()


@pytest.mark.parametrize(
    "status",
    [
        "ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "DELETE_COMPLETE",
        "DELETE_FAILED",
        "CREATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "REVIEW_IN_PROGRESS",
    ],
)
def test_what_failed_was_undone_or_goes_on_does_not_stand(status: str) -> None:
    assert keys(judged([Stack(ARN, "omnitrack-ai", status)])) == [(ARN, "does-not-stand")]
