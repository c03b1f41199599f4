"""Metrics in CloudWatch's embedded format, through Powertools: written to the log, no call made.

One object holds one set of dimensions, and a service name would add a dimension of its own: so an
object for each set, and no service.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from compliance.model import Status
from compliance.report import Calls
from compliance.sinks.recording import Recorded

__all__ = ["NAMESPACE", "emit"]

NAMESPACE = "OmniTrack/Compliance"

Value = tuple[float | None, MetricUnit]


def emit(
    recorded: Recorded,
    *,
    environment: str,
    families: Iterable[str],
    duration_seconds: float,
    calls: Calls,
    expiring: int | None,
) -> None:
    """What a run tells the dashboard: the figures over all items, and how the run itself went.

    A metric is paid for in each hour in which it is sent. A section's score is sent when a run
    changed it, and by the run of `people` every day, so that the sections cost cents.
    """
    overall = recorded.overall
    counts = overall.score.counts
    _object(
        "Environment",
        environment,
        {
            "ComplianceScore": (overall.score.value, MetricUnit.Percent),
            "ComplianceCoverage": (overall.score.coverage, MetricUnit.Percent),
            "ItemsPassing": (counts[Status.PASS], MetricUnit.Count),
            "ItemsFailing": (counts[Status.FAIL], MetricUnit.Count),
            "ItemsUnknown": (counts[Status.UNKNOWN], MetricUnit.Count),
            "ItemsExcepted": (counts[Status.EXCEPTED], MetricUnit.Count),
            "DriftDetected": (recorded.drifted, MetricUnit.Count),
            "DriftRecovered": (recorded.recovered, MetricUnit.Count),
            "AttestationsExpiring": (expiring, MetricUnit.Count),
        },
    )
    asked = set(families)
    for section, score in overall.sections.items():
        changed = score != recorded.before.sections[section]
        if score.coverage and (changed or "people" in asked):
            value = (score.value, MetricUnit.Percent)
            _object("Section", section, {"ComplianceScore": value})
    for severity, failing in overall.failing.items():
        _object("Severity", severity.value, {"ItemsFailing": (failing, MetricUnit.Count)})
    for family in sorted(asked):
        _object(
            "Family",
            family,
            {
                "EvaluationCompleted": (1, MetricUnit.Count),
                "EvaluationDuration": (duration_seconds, MetricUnit.Seconds),
                "ApiCalls": (calls.total, MetricUnit.Count),
                "ApiThrottles": (calls.throttles, MetricUnit.Count),
            },
        )


def _object(dimension: str, name: str, values: Mapping[str, Value]) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension(name=dimension, value=name)
    told = {metric: value for metric, value in values.items() if value[0] is not None}
    for metric, (value, unit) in told.items():
        metrics.add_metric(name=metric, unit=unit, value=float(value or 0))
    if told:
        metrics.flush_metrics()
