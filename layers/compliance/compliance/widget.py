"""What the custom widget on the CloudWatch dashboard shows: what fails, from the state alone.

CloudWatch shows the HTML that a function returns, without scripts and with its own styles for dark
and light; everything that an account chose is escaped.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from compliance.checklist import Checklist
from compliance.model import NO_CHECK_YET, Item, Severity, Status
from compliance.score import Score

__all__ = ["DESCRIPTION", "Remembered", "render"]

DESCRIPTION = """\
## OmniTrack compliance

What fails on the production checklist, most severe first, since when, and what could not be seen.
It reads the monitor's state table and nothing else.

### Widget parameters

None.
"""

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_MOST = 50


@dataclass(frozen=True, slots=True)
class Remembered:
    """An item as the state remembers it: its status now, in one line, and since when (ISO 8601)."""

    status: Status
    summary: str
    reason: str | None
    since: str | None


def render(checklist: Checklist, known: Mapping[str, Remembered], score: Score) -> str:
    """The widget's HTML."""
    failing = _with(checklist, known, Status.FAIL)
    unseen = [
        (item, each)
        for item, each in _with(checklist, known, Status.UNKNOWN)
        if each.reason != NO_CHECK_YET
    ]
    counts = score.counts
    parts = [
        f"<h2>{_figure(score.value)} of 100</h2>",
        (
            f"<p>{counts[Status.FAIL]} fail, {counts[Status.UNKNOWN]} unknown, "
            f"{counts[Status.PASS]} pass; coverage {_figure(score.coverage)} %.</p>"
        ),
        _table("What fails", failing),
        _table("What could not be seen", unseen),
    ]
    return "\n".join(part for part in parts if part)


def _with(
    checklist: Checklist, known: Mapping[str, Remembered], status: Status
) -> list[tuple[Item, Remembered]]:
    found = [
        (item, known[item.id])
        for item in checklist.items.values()
        if item.id in known and known[item.id].status is status
    ]
    return sorted(found, key=lambda pair: _RANK[pair[0].severity])


def _table(title: str, rows: Iterable[tuple[Item, Remembered]]) -> str:
    shown = list(rows)
    if not shown:
        return ""
    lines = [
        f"<tr><td>{item.severity.value}</td><td><b>{escape(item.title)}</b><br>"
        f"{escape(item.id)}</td><td>{escape(each.summary)}</td>"
        f"<td>{escape((each.since or '')[:16].replace('T', ' '))}</td></tr>"
        for item, each in shown[:_MOST]
    ]
    more = f"<p>and {len(shown) - _MOST} more</p>" if len(shown) > _MOST else ""
    return (
        f"<h3>{escape(title)} ({len(shown)})</h3>"
        "<table><thead><tr><th>Severity</th><th>Item</th><th>Seen</th><th>Since (UTC)</th></tr>"
        f"</thead><tbody>{''.join(lines)}</tbody></table>{more}"
    )


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:g}"
