"""What integration tests evaluate with, and how they read what was found."""

from collections.abc import Callable

from compliance import registry
from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.report import Report

__all__ = ["BASELINE", "CHECKLIST", "REGISTRY", "Evaluate", "faults"]

CHECKLIST = load_checklist()
REGISTRY = registry.load()
BASELINE = load_baseline(items=CHECKLIST.items)

Evaluate = Callable[..., Report]


def faults(report: Report) -> frozenset[tuple[str, str, str]]:
    """All that offends, by item, resource and fault."""
    return frozenset(
        (name, offender.resource, offender.fault)
        for name, result in report.results.items()
        for offender in result.offenders
    )
