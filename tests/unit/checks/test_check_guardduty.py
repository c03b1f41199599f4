"""Threat detection is on in the region and publishes as often as demanded."""

from __future__ import annotations

import pytest
from example_alarms import IDENTITY

from compliance.checks.security import threats_are_detected_and_told_in_time
from compliance.facts.detectors import Detector
from compliance.model import Verdict

ARN = "arn:aws:guardduty:us-east-1:123456789012:detector/d1"


def judged(*detectors: Detector, frequency: str = "ONE_HOUR") -> Verdict:
    return threats_are_detected_and_told_in_time(detectors, IDENTITY, frequency=frequency)


def detector(frequency: str = "ONE_HOUR", *, enabled: bool = True) -> Detector:
    return Detector(ARN, "d1", enabled=enabled, publishing_frequency=frequency)


@pytest.mark.parametrize("frequency", ["FIFTEEN_MINUTES", "ONE_HOUR"])
def test_an_enabled_detector_that_publishes_often_enough_holds(frequency: str) -> None:
    verdict = judged(detector(frequency))
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_detector_that_publishes_too_seldom_fails() -> None:
    [offender] = judged(detector("SIX_HOURS")).offenders
    assert offender.key == (ARN, "publishes-too-seldom")
    assert offender.observed == "publishes every 6 hours"
    assert offender.expected == "every 1 hour or more often"


def test_a_suspended_detector_fails_by_that_alone() -> None:
    [offender] = judged(detector("SIX_HOURS", enabled=False)).offenders
    assert offender.key == (ARN, "disabled")


def test_a_region_without_a_detector_fails() -> None:
    verdict = judged()
    [offender] = verdict.offenders
    assert offender.key == ("detector:us-east-1", "missing")
    assert offender.absent_from == ("detectors",)
    assert verdict.evaluated == ("detector:us-east-1",)
