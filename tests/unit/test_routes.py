"""A route takes what matches it; what no route of a channel takes goes to its default."""

from typing import Any

from compliance.baseline import Baseline, load_baseline
from compliance.model import Severity
from compliance.routes import receivers

CHANNELS = ["mail", "machines", "slack", "events"]
SECURITY = {"name": "security", "channel": "slack", "sections": ["security", "access"]}
PAGER = {"name": "pager", "channel": "mail", "severities": ["critical"]}


def _baseline(*routes: dict[str, Any]) -> Baseline:
    baseline = load_baseline()
    alerts = {**baseline["alerts"], "routes": list(routes)}
    return Baseline({**baseline.values, "alerts": alerts}, "test")


def test_without_routes_each_channel_has_its_own_receiver() -> None:
    assert receivers(_baseline(), CHANNELS, Severity.LOW, "security") == CHANNELS


def test_a_route_takes_its_sections_from_the_default() -> None:
    baseline = _baseline(SECURITY)
    assert receivers(baseline, ["slack"], Severity.LOW, "security") == ["slack:security"]
    assert receivers(baseline, ["slack"], Severity.LOW, "cost") == ["slack"]


def test_a_route_takes_its_severities_from_the_default() -> None:
    baseline = _baseline(PAGER)
    assert receivers(baseline, ["mail"], Severity.CRITICAL, "cost") == ["mail:pager"]
    assert receivers(baseline, ["mail"], Severity.HIGH, "cost") == ["mail"]


def test_every_route_that_matches_gets_it() -> None:
    both = _baseline(SECURITY, {**SECURITY, "name": "audit"})
    assert receivers(both, ["slack"], Severity.LOW, "access") == ["slack:security", "slack:audit"]


def test_a_route_is_of_its_channel_only() -> None:
    assert receivers(_baseline(SECURITY), ["mail"], Severity.LOW, "security") == ["mail"]
