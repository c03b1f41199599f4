"""AWS Compute Optimizer: whether the account takes part, and what is advised in the region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.recommendations import FunctionRecommendation, OptimizerEnrollment
from compliance.registry import Read, collector

GET_ENROLLMENT_STATUS = Read("compute-optimizer", "GetEnrollmentStatus")
# https://docs.aws.amazon.com/compute-optimizer/latest/ug/security-iam.html
GET_FUNCTION_RECOMMENDATIONS = Read(
    "compute-optimizer",
    "GetLambdaFunctionRecommendations",
    (
        "compute-optimizer:GetLambdaFunctionRecommendations",
        "lambda:ListFunctions",
        "lambda:ListProvisionedConcurrencyConfigs",
    ),
)

_UNQUALIFIED_PARTS = 7


@collector(GET_ENROLLMENT_STATUS)
def optimizer_enrollment(reader: Reader) -> Iterator[OptimizerEnrollment]:
    """One record."""
    answer = reader.call(GET_ENROLLMENT_STATUS) or {}
    yield OptimizerEnrollment(answer["status"], answer.get("statusReason"))


@collector(GET_FUNCTION_RECOMMENDATIONS)
def function_recommendations(
    reader: Reader, optimizer_enrollment: Sequence[OptimizerEnrollment]
) -> Iterator[FunctionRecommendation]:
    """Every function's, where the account takes part: elsewhere the listing is refused."""
    if not any(each.status == "Active" for each in optimizer_enrollment):
        return
    for page in reader.pages(GET_FUNCTION_RECOMMENDATIONS, maxResults=1000):
        for each in page.get("lambdaFunctionRecommendations", ()):
            yield _recommendation(each)


def _recommendation(each: Mapping[str, Any]) -> FunctionRecommendation:
    options = sorted(each.get("memorySizeRecommendationOptions", ()), key=lambda o: o["rank"])
    best = options[0] if options else {}
    saving = best.get("savingsOpportunity", {}).get("estimatedMonthlySavings", {})
    return FunctionRecommendation(
        ":".join(each["functionArn"].split(":")[:_UNQUALIFIED_PARTS]),
        each["finding"],
        each["currentMemorySize"],
        best.get("memorySize"),
        saving.get("value", 0.0),
        saving.get("currency", "USD"),
    )
