"""Application Auto Scaling: moto's pages of targets never end where there are more than two."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from simulated_account.answers.service import Output, ServiceAnswers, answers

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_ALL = 1_000_000
_ROLE = (
    "arn:aws:iam::{}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com"
    "/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
)
_SUSPENDABLE = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


class ApplicationAutoScaling(ServiceAnswers):
    """What is suspended of scalable targets, and how they scaled, of which moto has nothing."""

    service = "application-autoscaling"

    def __init__(self, moto: MotoAccount) -> None:
        """Nothing has scaled yet."""
        super().__init__(moto)
        self._activities: list[Output] = []

    def add_activity(
        self, resource_id: str, dimension: str, capacity: int, at: datetime, **changes: object
    ) -> None:
        """A dimension of a table or an index was set to a capacity, or what `changes` say."""
        units = "read" if "Read" in dimension else "write"
        self._activities.append(
            {
                "ActivityId": str(uuid5(NAMESPACE_URL, f"{resource_id}{dimension}{at}")),
                "ServiceNamespace": "dynamodb",
                "ResourceId": resource_id,
                "ScalableDimension": dimension,
                "Description": f"Setting {units} capacity units to {capacity}.",
                "Cause": "monitor alarm in state ALARM triggered a target tracking policy",
                "StartTime": at,
                "EndTime": at + timedelta(seconds=20),
                "StatusCode": "Successful",
                **changes,
            }
        )

    @answers("DescribeScalingActivities")
    def describe_activities(self, request: AwsRequest) -> Output:
        """The newest first, of one namespace."""
        found = [
            a for a in self._activities if a["ServiceNamespace"] == request["ServiceNamespace"]
        ]
        newest = sorted(found, key=lambda each: each["StartTime"], reverse=True)
        return {"ScalingActivities": newest}

    @answers("DescribeScalableTargets")
    def describe_targets(self, request: AwsRequest) -> Output:
        """Each way of scaling is suspended or not, under the role that AWS makes for DynamoDB.

        Moto leaves both out where the caller did.
        """
        output = self.from_moto(request, MaxResults=_ALL)
        for target in output["ScalableTargets"]:
            target.setdefault("RoleARN", _ROLE.format(self.moto.account_id))
            given = target.get("SuspendedState") or {}
            target["SuspendedState"] = {each: given.get(each, False) for each in _SUSPENDABLE}
        return output
