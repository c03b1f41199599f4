"""Application Auto Scaling of tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance.collectors.reader import Reader
from compliance.facts.scaling import ScalableTarget, ScalingActivity, ScalingPolicy
from compliance.facts.tables import Table
from compliance.registry import Read, collector

DESCRIBE_TARGETS = Read("application-autoscaling", "DescribeScalableTargets")
DESCRIBE_POLICIES = Read("application-autoscaling", "DescribeScalingPolicies")
DESCRIBE_ACTIVITIES = Read("application-autoscaling", "DescribeScalingActivities")

_SUSPENDED = {"DynamicScalingOutSuspended": "out", "DynamicScalingInSuspended": "in"}


@collector(DESCRIBE_TARGETS)
def table_scalable_targets(reader: Reader, tables: Sequence[Table]) -> Iterator[ScalableTarget]:
    """What of tables and indexes may scale; read only where a table has provisioned capacity."""
    if not any(table.provisioned for table in tables):
        return
    for page in reader.pages(DESCRIBE_TARGETS, ServiceNamespace="dynamodb", MaxResults=50):
        for target in page["ScalableTargets"]:
            state = target.get("SuspendedState") or {}
            yield ScalableTarget(
                resource_id=target["ResourceId"],
                dimension=target["ScalableDimension"],
                minimum=target["MinCapacity"],
                maximum=target["MaxCapacity"],
                suspended=tuple(word for flag, word in _SUSPENDED.items() if state.get(flag)),
            )


@collector(DESCRIBE_POLICIES)
def table_scaling_policies(reader: Reader, tables: Sequence[Table]) -> Iterator[ScalingPolicy]:
    """By which rules tables and indexes scale, 10 a page, which is all that AWS allows."""
    if not any(table.provisioned for table in tables):
        return
    for page in reader.pages(DESCRIBE_POLICIES, ServiceNamespace="dynamodb"):
        for policy in page["ScalingPolicies"]:
            yield ScalingPolicy(
                policy["ResourceId"], policy["ScalableDimension"], policy["PolicyName"]
            )


@collector(DESCRIBE_ACTIVITIES)
def table_scaling_activities(reader: Reader, tables: Sequence[Table]) -> Iterator[ScalingActivity]:
    """How tables and indexes scaled in the last six weeks, which is all that AWS remembers."""
    if not any(table.provisioned for table in tables):
        return
    for page in reader.pages(DESCRIBE_ACTIVITIES, ServiceNamespace="dynamodb", MaxResults=50):
        for activity in page["ScalingActivities"]:
            yield ScalingActivity(
                activity["ResourceId"],
                activity["Description"],
                activity["StatusCode"],
                activity["StartTime"],
            )
