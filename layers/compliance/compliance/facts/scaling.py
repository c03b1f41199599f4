"""Application Auto Scaling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """One dimension of a resource that may scale, between which bounds.

    `resource_id` is `table/NAME` or `table/NAME/index/NAME`, `dimension` for example
    `dynamodb:table:ReadCapacityUnits`. `suspended` names what is suspended: scaling out, in, or
    both.
    Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTarget.html
    """

    resource_id: str
    dimension: str
    minimum: int
    maximum: int
    suspended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A rule by which one dimension of a resource scales.

    Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalingPolicy.html
    """

    resource_id: str
    dimension: str
    name: str


@dataclass(frozen=True, slots=True)
class ScalingActivity:
    """One change of capacity that scaling made or tried, of the last six weeks.

    `status` is AWS's word, such as Successful, Failed or Unfulfilled.
    Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalingActivity.html
    """

    resource_id: str
    description: str
    status: str
    started_at: datetime
