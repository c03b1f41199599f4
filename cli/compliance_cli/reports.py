"""Reports that were kept as JSON, read back for whoever works with two of them, or later."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from compliance.documents import violations
from compliance.report import SCHEMA
from compliance_cli.failures import CouldNotRun

__all__ = ["ReportData", "load_report"]

ReportData = Mapping[str, Any]
"""A report in the shape of `report.schema.json`."""

_MISTAKES = 10


def load_report(path: Path) -> ReportData:
    """The report at `path`; raises CouldNotRun with its mistakes where it is none."""
    try:
        report: ReportData = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unusable(path, [error.strerror or "it cannot be read"]) from error
    except (ValueError, RecursionError) as error:
        raise _unusable(path, [f"it is no JSON: {error}"]) from error
    if mistakes := list(islice(violations(report, _schema()), _MISTAKES)):
        raise _unusable(path, mistakes)
    if mistakes := list(islice(_repetitions(report), _MISTAKES)):
        raise _unusable(path, mistakes)
    return report


def _schema() -> dict[str, Any]:
    """The schema, but for what takes minutes where ten thousand offend: see `_repetitions`."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    del schema["$defs"]["item"]["properties"]["offenders"]["uniqueItems"]
    return schema


def _repetitions(report: ReportData) -> Iterator[str]:
    """What is told twice: an item, or an offender, whose identity is its resource and its fault."""
    for name in _twice(item["id"] for item in report["items"]):
        yield f"items: {name} is given twice"
    for at, item in enumerate(report["items"]):
        keys = (f"{each['fault']} of {each['resource']}" for each in item["offenders"])
        for key in _twice(keys):
            yield f"items[{at}].offenders: {key} is given twice"


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _unusable(path: Path, mistakes: Iterable[str]) -> CouldNotRun:
    return CouldNotRun("\n".join([f"{path} is no report:", *(f"  {each}" for each in mistakes)]))
