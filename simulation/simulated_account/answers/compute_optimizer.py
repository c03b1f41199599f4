"""Compute Optimizer, of which moto knows nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class ComputeOptimizer(ServiceAnswers):
    """Whether the account takes part, and what is advised of its functions."""

    service = "compute-optimizer"

    def __init__(self, moto: MotoAccount) -> None:
        """An account does not take part until it asks to."""
        super().__init__(moto)
        self._status = "Inactive"
        self._functions: dict[str, list[Output]] = defaultdict(list)

    def advise(
        self,
        region: str,
        function_arn: str,
        memory_mb: int,
        finding: str = "Optimized",
        *,
        recommended_mb: int | None = None,
        saving_usd: float = 0.0,
    ) -> None:
        """On the latest version of a function; with a second, lesser option where there is one."""
        options = [
            {
                "rank": rank,
                "memorySize": memory,
                "savingsOpportunity": {
                    "savingsOpportunityPercentage": 10.0,
                    "estimatedMonthlySavings": {"currency": "USD", "value": saving},
                },
            }
            for rank, memory, saving in ((2, memory_mb, 0.0), (1, recommended_mb, saving_usd))
            if recommended_mb is not None
        ]
        self._functions[region].append(
            {
                "functionArn": f"{function_arn}:$LATEST",
                "functionVersion": "$LATEST",
                "accountId": self.moto.account_id,
                "currentMemorySize": memory_mb,
                "finding": finding,
                "findingReasonCodes": [],
                "memorySizeRecommendationOptions": options,
            }
        )

    @answers("GetEnrollmentStatus")
    def enrollment(self, request: AwsRequest) -> Output:
        """Of the account."""
        del request
        return {"status": self._status, "memberAccountsEnrolled": False}

    @answers("UpdateEnrollmentStatus")
    def enroll(self, request: AwsRequest) -> Output:
        """Takes part at once, or no longer."""
        self._status = request["status"]
        return {"status": self._status}

    @answers("GetLambdaFunctionRecommendations")
    def functions(self, request: AwsRequest) -> Output:
        """Refused to whoever does not take part."""
        if self._status != "Active":
            message = "AWS account is not registered for recommendations."
            raise ServiceError(message, code="OptInRequiredException", status=403)
        return {"lambdaFunctionRecommendations": self._functions[request.region]}
