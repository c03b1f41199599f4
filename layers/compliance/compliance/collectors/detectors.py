"""Amazon GuardDuty."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.detectors import Detector
from compliance.registry import Read, collector

LIST_DETECTORS = Read("guardduty", "ListDetectors")
GET_DETECTOR = Read("guardduty", "GetDetector")

# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
_DEFAULT_FREQUENCY = "SIX_HOURS"


@collector(LIST_DETECTORS, GET_DETECTOR)
def detectors(reader: Reader) -> Iterator[Detector]:
    """The region's detector, in a member account as its administrator has set it."""
    ids = (
        detector
        for page in reader.pages(LIST_DETECTORS, MaxResults=50)
        for detector in page["DetectorIds"]
    )
    yield from reader.each(ids, partial(_detector, reader))


def _detector(reader: Reader, detector_id: str) -> Detector | None:
    answer = reader.call(GET_DETECTOR, DetectorId=detector_id)
    if answer is None:
        return None
    where = reader.identity
    return Detector(
        f"arn:{where.partition}:guardduty:{where.region}:{where.account}:detector/{detector_id}",
        detector_id,
        enabled=answer["Status"] == "ENABLED",
        publishing_frequency=answer.get("FindingPublishingFrequency", _DEFAULT_FREQUENCY),
    )
