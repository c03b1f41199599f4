"""IAM Access Analyzer, which moto does not have."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import uuid4

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers, now

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class AccessAnalyzer(ServiceAnswers):
    """Analyzers by region, and what they found."""

    service = "accessanalyzer"

    def __init__(self, moto: MotoAccount) -> None:
        """Without any."""
        super().__init__(moto)
        self._analyzers: dict[str, list[Output]] = defaultdict(list)
        self._findings: dict[str, list[Output]] = defaultdict(list)

    def add_analyzer(
        self, region: str, name: str, *, kind: str = "ACCOUNT", status: str = "ACTIVE"
    ) -> str:
        """The ARN of a new analyzer."""
        arn = f"arn:aws:access-analyzer:{region}:{self.moto.account_id}:analyzer/{name}"
        self._analyzers[region].append(
            {"arn": arn, "name": name, "type": kind, "status": status, "createdAt": now()}
        )
        return arn

    def add_finding(
        self, analyzer_arn: str, resource: str, resource_type: str, **changes: str
    ) -> None:
        """An active finding of external access, unless `changes` say otherwise."""
        self._findings[analyzer_arn].append(
            {
                "id": str(uuid4()),
                "resource": resource,
                "resourceType": resource_type,
                "resourceOwnerAccount": self.moto.account_id,
                "status": "ACTIVE",
                "findingType": "ExternalAccess",
                "analyzedAt": now(),
                "createdAt": now(),
                "updatedAt": now(),
                **changes,
            }
        )

    @answers("ListAnalyzers")
    def list_analyzers(self, request: AwsRequest) -> Output:
        """Of one type where it is asked for."""
        kind = request.get("type")
        return {
            "analyzers": [
                each for each in self._analyzers[request.region] if kind in {None, each["type"]}
            ]
        }

    @answers("ListFindingsV2")
    def list_findings(self, request: AwsRequest) -> Output:
        """Those whose fields equal what each filter asks for."""
        arn = request["analyzerArn"]
        if all(each["arn"] != arn for each in self._analyzers[request.region]):
            message = f"There is no analyzer {arn}."
            raise ServiceError(message, code="ResourceNotFoundException", status=404)
        wanted = {field: set(by["eq"]) for field, by in request.get("filter", {}).items()}
        return {
            "findings": [
                finding
                for finding in self._findings[arn]
                if all(finding[field] in values for field, values in wanted.items())
            ]
        }
