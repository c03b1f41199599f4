"""CloudFormation: stacks of which only the description counts; moto takes seconds to make one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from simulated_account.answers.service import Output, ServiceAnswers, answers, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


@dataclass
class Stack:
    """A stack; `resources` are types by logical id. Whoever holds it may change it."""

    arn: str
    name: str
    status: str
    drift_status: str
    tags: Mapping[str, str]
    resources: dict[str, str]


class CloudFormation(ServiceAnswers):
    """Described stacks, beside those that moto really makes."""

    service = "cloudformation"

    def __init__(self, moto: MotoAccount) -> None:
        """Without any."""
        super().__init__(moto)
        self.stacks: dict[str, list[Stack]] = defaultdict(list)

    def add_stack(
        self,
        region: str,
        name: str,
        *,
        status: str = "CREATE_COMPLETE",
        drift_status: str = "NOT_CHECKED",
        tags: Mapping[str, str] | None = None,
        resources: Mapping[str, str] | None = None,
    ) -> Stack:
        """A stack that is only described; none of its resources is made."""
        prefix = f"arn:aws:cloudformation:{region}:{self.moto.account_id}"
        arn = f"{prefix}:stack/{name}/{uuid4()}"
        stack = Stack(arn, name, status, drift_status, tags or {}, dict(resources or {}))
        self.stacks[region].append(stack)
        return stack

    @answers("DescribeStacks")
    def describe(self, request: AwsRequest) -> Output:
        """All of them, or the one of a name or an id, which must exist."""
        asked = request.get("StackName")
        found = [
            {
                "StackId": stack.arn,
                "StackName": stack.name,
                "CreationTime": now(),
                "StackStatus": stack.status,
                "DriftInformation": {"StackDriftStatus": stack.drift_status},
                "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            }
            for stack in self.stacks[request.region]
            if asked in {None, stack.name, stack.arn}
        ]
        if asked and found:
            return {"Stacks": found}
        return {"Stacks": [*found, *self.from_moto(request)["Stacks"]]}

    @answers("ListStackResources")
    def list_resources(self, request: AwsRequest) -> Output:
        """Those of one stack; moto's lack the time that AWS always tells."""
        for stack in self.stacks[request.region]:
            if request["StackName"] in {stack.name, stack.arn}:
                return {
                    "StackResourceSummaries": [
                        {
                            "LogicalResourceId": name,
                            "ResourceType": kind,
                            "ResourceStatus": "CREATE_COMPLETE",
                            "LastUpdatedTimestamp": now(),
                        }
                        for name, kind in stack.resources.items()
                    ]
                }
        output = self.from_moto(request)
        for resource in output["StackResourceSummaries"]:
            resource.setdefault("LastUpdatedTimestamp", now())
        return output
