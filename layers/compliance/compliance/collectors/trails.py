"""AWS CloudTrail: trails, whether they deliver, and what they record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.trails import EventSelector, Trail, TrailEvents, TrailStatus
from compliance.registry import Read, collector

DESCRIBE_TRAILS = Read("cloudtrail", "DescribeTrails")
GET_STATUS = Read("cloudtrail", "GetTrailStatus")
GET_SELECTORS = Read("cloudtrail", "GetEventSelectors")

_READ_ONLY = {"true": (True, False), "false": (False, True)}
_READ_WRITE = {"All": (True, True), "ReadOnly": (True, False), "WriteOnly": (False, True)}
# The sources that AWS itself offers to leave out of management events, for their volume.
_MAY_BE_LEFT_OUT = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})


@collector(DESCRIBE_TRAILS)
def trails(reader: Reader) -> Iterator[Trail]:
    """Every trail that the region knows, shadows of trails of other regions and accounts too.

    AWS answers them on one page.
    """
    answer = reader.call(DESCRIBE_TRAILS, includeShadowTrails=True) or {}
    for trail in answer.get("trailList", ()):
        yield Trail(
            arn=trail["TrailARN"],
            name=trail["Name"],
            home_region=trail["HomeRegion"],
            bucket=trail["S3BucketName"],
            multi_region=trail.get("IsMultiRegionTrail", False),
            log_validation=trail.get("LogFileValidationEnabled", False),
            log_prefix=trail.get("S3KeyPrefix") or "",
        )


@collector(GET_STATUS)
def trail_statuses(reader: Reader, trails: Sequence[Trail]) -> Iterator[TrailStatus]:
    """The status of each trail, asked for by ARN in its home region.

    That is the only way which works for shadows and for an organization's trail. Where another
    account's trail is refused, or said not to be found, its state is unseen and not absent.
    """
    yield from reader.each(trails, partial(_status, reader), arn=lambda trail: trail.arn)


def _status(reader: Reader, trail: Trail) -> TrailStatus:
    answer = reader.call(GET_STATUS, region=trail.home_region, Name=trail.arn) or {}
    return TrailStatus(
        trail_arn=trail.arn,
        logging=answer.get("IsLogging", False),
        started_at=answer.get("StartLoggingTime"),
        delivered_at=answer.get("LatestDeliveryTime"),
        delivery_error=answer.get("LatestDeliveryError", ""),
        digest_error=answer.get("LatestDigestDeliveryError", ""),
        log_group_error=answer.get("LatestCloudWatchLogsDeliveryError", ""),
    )


@collector(GET_SELECTORS)
def trail_events(reader: Reader, trails: Sequence[Trail]) -> Iterator[TrailEvents]:
    """What each trail records, asked for by ARN in its home region.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
    """
    yield from reader.each(trails, partial(_events, reader), arn=lambda trail: trail.arn)


def _events(reader: Reader, trail: Trail) -> TrailEvents:
    answer = reader.call(GET_SELECTORS, region=trail.home_region, TrailName=trail.arn) or {}
    selectors = [
        *(each for classic in answer.get("EventSelectors", ()) for each in _classic(classic)),
        *(_advanced(advanced) for advanced in answer.get("AdvancedEventSelectors", ())),
    ]
    return TrailEvents(trail.arn, tuple(selectors))


def _classic(selector: Mapping[str, Any]) -> Iterator[EventSelector]:
    """A classic selector records management events, unless it says no, and some resources'."""
    reads, writes = _READ_WRITE[selector.get("ReadWriteType", "All")]
    if selector.get("IncludeManagementEvents", True):
        left_out = frozenset(selector.get("ExcludeManagementEventSources", ()))
        narrowed = not left_out <= _MAY_BE_LEFT_OUT
        yield EventSelector("Management", reads, writes, narrowed=narrowed)
    for resource in selector.get("DataResources", ()):
        kind, values = resource["Type"], resource.get("Values", ())
        for value in values:
            operator = "StartsWith" if _is_prefix(kind, value) else "Equals"
            yield EventSelector("Data", reads, writes, kind, {operator: (value,)})


def _is_prefix(kind: str, value: str) -> bool:
    """Objects are always named by prefix; of the rest, only all of a type (arn:aws:dynamodb)."""
    return kind == "AWS::S3::Object" or len(value.split(":")) < 6  # noqa: PLR2004 -- the parts of an ARN


def _advanced(selector: Mapping[str, Any]) -> EventSelector:
    fields = {
        each["Field"]: {
            operator: tuple(values) for operator, values in each.items() if operator != "Field"
        }
        for each in selector["FieldSelectors"]
    }
    [category] = fields.pop("eventCategory")["Equals"]
    [read_only] = fields.pop("readOnly", {}).get("Equals", [None])
    reads, writes = _READ_ONLY.get(read_only or "", (True, True))
    [resource_type] = fields.pop("resources.type", {}).get("Equals", [""])
    arns = fields.pop("resources.ARN", {})
    if category == "Management" and _leaves_out_little(fields.get("eventSource", {})):
        fields.pop("eventSource", None)
    return EventSelector(category, reads, writes, resource_type, arns, narrowed=bool(fields))


def _leaves_out_little(source: Mapping[str, tuple[str, ...]]) -> bool:
    return set(source) <= {"NotEquals"} and _MAY_BE_LEFT_OUT.issuperset(source.get("NotEquals", ()))
