"""X-Ray: moto has no sampling rules and an empty service map."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_LONGEST_WINDOW_SECONDS = 6 * 3600


class XRay(ServiceAnswers):
    """Sampling rules, and the services that were seen."""

    service = "xray"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing seen."""
        super().__init__(moto)
        self._rules: dict[str, list[Output]] = defaultdict(list)
        self._seen: dict[str, list[tuple[datetime, Output]]] = defaultdict(list)

    def see(self, region: str, name: str, kind: str, at: datetime) -> None:
        """A request that passed a service."""
        service = {"Name": name, "Names": [name], "Type": kind, "State": "active", "Edges": []}
        self._seen[region].append((at, service))

    @answers("CreateSamplingRule")
    def create_rule(self, request: AwsRequest) -> Output:
        """A rule before the default one."""
        rule = dict(request["SamplingRule"])
        rule["RuleARN"] = self._rule_arn(request.region, rule["RuleName"])
        self._rules[request.region].append(rule)
        return {"SamplingRuleRecord": {"SamplingRule": rule}}

    @answers("GetSamplingRules")
    def sampling_rules(self, request: AwsRequest) -> Output:
        """The default rule is in every region from the start."""
        default = {
            "RuleName": "Default",
            "RuleARN": self._rule_arn(request.region, "Default"),
            "ResourceARN": "*",
            "Priority": 10000,
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            "ServiceName": "*",
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": "*",
            "URLPath": "*",
            "Version": 1,
            "Attributes": {},
        }
        rules = [*self._rules[request.region], default]
        return {"SamplingRuleRecords": [{"SamplingRule": rule} for rule in rules]}

    @answers("GetServiceGraph")
    def service_graph(self, request: AwsRequest) -> Output:
        """What was seen within a window of at most six hours."""
        start, end = request["StartTime"], request["EndTime"]
        if (end - start).total_seconds() > _LONGEST_WINDOW_SECONDS:
            message = "Time range cannot be longer than 6 hours."
            raise ServiceError(message, code="InvalidRequestException")
        return {
            "StartTime": start,
            "EndTime": end,
            "Services": [
                service for at, service in self._seen[request.region] if start <= at < end
            ],
        }

    def _rule_arn(self, region: str, name: str) -> str:
        return f"arn:aws:xray:{region}:{self.moto.account_id}:sampling-rule/{name}"
