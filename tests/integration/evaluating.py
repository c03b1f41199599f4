"""What integration tests evaluate with, and how they read what was found."""

from collections.abc import Callable
from datetime import UTC, datetime

from compliance import registry
from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.report import Report
from compliance.statements.document import statements_of
from simulated_account import omnitrack

__all__ = ["BASELINE", "CHECKLIST", "REGISTRY", "STATEMENTS", "Evaluate", "faults"]

CHECKLIST = load_checklist()
REGISTRY = registry.load()
BASELINE = load_baseline(items=CHECKLIST.items)

STATEMENTS = statements_of(omnitrack.stated(datetime.now(UTC)))

Evaluate = Callable[..., Report]


def faults(report: Report) -> frozenset[tuple[str, str, str]]:
    """All that offends, by item, resource and fault."""
    return frozenset(
        (name, offender.resource, offender.fault)
        for name, result in report.results.items()
        for offender in result.offenders
    )
