"""JSON, of the published shape: `compliance/report.schema.json`."""

from __future__ import annotations

import json

from compliance.report import Report

__all__ = ["render"]


def render(report: Report) -> str:
    """The report indented, all of it, in ASCII so that no terminal obeys a resource's name."""
    return json.dumps(report.to_json(), indent=2) + "\n"
