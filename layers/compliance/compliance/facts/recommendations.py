"""AWS Compute Optimizer: whether it looks, and what it advises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OptimizerEnrollment:
    """Whether the account takes part: Active, Inactive, Pending or Failed.

    Source: https://docs.aws.amazon.com/compute-optimizer/latest/APIReference/API_GetEnrollmentStatus.html
    """

    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionRecommendation:
    """What is advised for a function's memory.

    `finding` is Optimized, NotOptimized, or Unavailable where there is too little to judge by.
    `recommended_mb` and what it saves are those of the first option; None where there is none.
    Source: https://docs.aws.amazon.com/compute-optimizer/latest/APIReference/API_LambdaFunctionRecommendation.html
    """

    function_arn: str
    finding: str
    memory_mb: int
    recommended_mb: int | None = None
    monthly_saving: float = 0.0
    currency: str = "USD"
