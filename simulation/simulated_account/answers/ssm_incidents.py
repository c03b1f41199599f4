"""Incident Manager, of which moto has nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class SsmIncidents(ServiceAnswers):
    """Response plans, whose ARNs have no region."""

    service = "ssm-incidents"

    def __init__(self, moto: MotoAccount) -> None:
        """Without plans."""
        super().__init__(moto)
        self._plans: list[Output] = []

    def add_response_plan(self, name: str) -> str:
        """Its ARN."""
        arn = f"arn:aws:ssm-incidents::{self.moto.account_id}:response-plan/{name}"
        self._plans.append({"arn": arn, "name": name})
        return arn

    @answers("ListResponsePlans")
    def response_plans(self, _: AwsRequest) -> Output:
        """Every response plan."""
        return {"responsePlanSummaries": list(self._plans)}
