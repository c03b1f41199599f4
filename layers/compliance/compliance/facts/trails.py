"""AWS CloudTrail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail that DescribeTrails lists in a region: also shadows of trails of other home regions.

    An organization's trail has the ARN, and usually the bucket, of another account.
    `log_prefix` is the S3 key prefix before `AWSLogs/`, empty where there is none.
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
    """

    arn: str
    name: str
    home_region: str
    bucket: str
    multi_region: bool = False
    log_validation: bool = False
    log_prefix: str = ""

    @property
    def account(self) -> str:
        """The account that the trail belongs to."""
        return self.arn.split(":")[4]

    def covers(self, region: str) -> bool:
        """Whether it records what happens in `region`."""
        return self.multi_region or self.home_region == region


@dataclass(frozen=True, slots=True)
class TrailStatus:
    """Whether a trail records now, and what became of its deliveries.

    The errors are AWS's codes of the last attempt (`AccessDenied`, `NoSuchBucket`), empty after one
    that worked.
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """

    trail_arn: str
    logging: bool
    started_at: datetime | None = None
    delivered_at: datetime | None = None
    delivery_error: str = ""
    digest_error: str = ""
    log_group_error: str = ""


@dataclass(frozen=True, slots=True)
class EventSelector:
    """One selector of a trail, classic or advanced: which events it records.

    `category` is Management, Data, or another of AWS's. `resource_type` is that of a selector of
    data events, such as AWS::DynamoDB::Table. `arns` maps AWS's operators (Equals, StartsWith,
    EndsWith, NotEquals, NotStartsWith, NotEndsWith) to their values; empty: all of the type.
    `narrowed` where it records only some of these events, by name, source or caller.
    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
    """

    category: str
    reads: bool = True
    writes: bool = True
    resource_type: str = ""
    arns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    narrowed: bool = False


@dataclass(frozen=True, slots=True)
class TrailEvents:
    """What one trail records: everything that any of its selectors takes."""

    trail_arn: str
    selectors: tuple[EventSelector, ...]
