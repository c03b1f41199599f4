"""CSV for a spreadsheet: a row for each offender, and one for each item that has none.

Source: https://www.rfc-editor.org/rfc/rfc4180 and, for what a spreadsheet runs,
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from compliance.model import ItemResult
from compliance.printable import printable
from compliance.report import Report
from compliance_cli.formats import outline

__all__ = ["COLUMNS", "render"]

COLUMNS = (
    "evaluated_at",
    "account",
    "region",
    "environment",
    "section",
    "item",
    "severity",
    "decided_by",
    "status",
    "title",
    "summary",
    "reason",
    "statements",
    "resource",
    "fault",
    "observed",
    "expected",
)

_FORMULA = re.compile(r"""(^|[,;"'])(?=\s*[=+@\uff1d\uff0b\uff20\uff0d-])""")
"""What could begin a cell before a sign of a formula, in full width too where Excel is Japanese."""


def render(report: Report) -> str:
    """All of the report, each line ended by CR and LF; no cell holds a line break or a formula."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for result in report.results.values():
        for cells in _rows(report, result):
            rows.writerow([_cell(each) for each in cells])
    return written.getvalue()


def _rows(report: Report, result: ItemResult) -> Iterator[tuple[str, ...]]:
    item = result.item
    common = (
        f"{report.evaluated_at:%Y-%m-%dT%H:%M:%SZ}",
        report.identity.account,
        report.identity.region,
        report.environment,
        item.section,
        item.id,
        item.severity.value,
        item.how.value,
        result.status.value,
        item.title,
        result.summary,
        result.reason or "",
        "; ".join(outline.statements(result)),
    )
    for offender in result.offenders:
        fault = (offender.resource, offender.fault, offender.observed, offender.expected)
        yield (*common, *fault)
    if not result.offenders:
        yield (*common, "", "", "", "")


def _cell(text: str) -> str:
    """The text as a spreadsheet shows it: an apostrophe keeps each part from being a formula.

    Which character separates cells is for the reader's locale to say, and where it is no comma, a
    quote is none either: a part may begin behind each of them.
    """
    return _FORMULA.sub(r"\1'", printable(text))
