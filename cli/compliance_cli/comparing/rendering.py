"""A comparison as text for a terminal, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from compliance.model import name_of, plural
from compliance.printable import printable, shortened
from compliance_cli.comparing.changes import Changed, Comparison
from compliance_cli.formats import outline
from compliance_cli.formats.markup import code, plain
from compliance_cli.formats.paper import SEVERITY_STYLE, Paper

__all__ = ["LARGEST", "as_json", "as_markdown", "as_table"]

LARGEST = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""

_OFFENDERS = 5
_LONGEST = 160
_SEVERITY_COLUMN = 10

# How many offenders of an item, and how many items of a kind, are shown: the first that fit.
_MEASURES = ((20, 200), (5, 200), (0, 100), (0, 20))


def as_json(comparison: Comparison) -> str:
    """All of it, in ASCII so that no terminal obeys a resource's name."""
    data = {
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "worse": comparison.worse,
        "items": [
            {
                "id": each.item["id"],
                "title": each.item["title"],
                "severity": each.item["severity"],
                "change": each.change.value,
                "worse": each.worse,
                "before": each.before,
                "after": each.after,
                "summary": each.item["summary"] if each.after else None,
                "began": list(each.began),
                "ended": list(each.ended),
            }
            for each in comparison.changed
        ],
    }
    return json.dumps(data, indent=2) + "\n"


def _side(report: Mapping[str, Any]) -> dict[str, Any]:
    names = ("workload", "environment", "account", "region", "evaluated_at", "score", "coverage")
    return {name: report[name] for name in names}


def as_table(comparison: Comparison, *, width: int, colour: bool) -> str:
    """What changed in lines of `width`, the worst first."""
    paper = Paper(width, colour=colour)
    for name, report in (("Before", comparison.before), ("After", comparison.after)):
        paper.line(f"{name:<10}", _where(report), hang=10)
    paper.blank()
    for name in ("score", "coverage"):
        paper.line(f"{name.capitalize():<10}", (_moved(comparison, name), "bold"))
    if not comparison.changed:
        paper.heading("No item changed.")
    for change, members in _by_change(comparison):
        paper.heading((f"{change.upper()} ({len(members)})", "bold"))
        for each in members:
            severity = each.item["severity"]
            paper.blank()
            paper.line(
                (f"{severity.upper():<{_SEVERITY_COLUMN}}", SEVERITY_STYLE[severity]),
                (each.item["id"], "bold"),
                f"  {_statuses(each)}",
                hang=_SEVERITY_COLUMN,
            )
            if each.after:
                paper.line(_short(each.item["summary"], 600), indent=2)
            for line in _offences(each, _OFFENDERS, str):
                paper.line(line, indent=4, hang=2)
    return paper.text()


def as_markdown(comparison: Comparison) -> str:
    """What changed in less than `LARGEST` characters: less is named where very much changed."""
    texts = (_markdown(comparison, *measure) for measure in _MEASURES)
    head = "\n\n".join(_headline(comparison)) + "\n"
    return next((text for text in texts if len(text) < LARGEST), head)


def _headline(comparison: Comparison) -> Iterator[str]:
    score = _moved(comparison, "score")
    after = comparison.after
    yield f"## {plain(after['workload'])} · {plain(after['environment'])}: score {score}"
    counts = [f"{len(members)} {change}" for change, members in _by_change(comparison)]
    told = " · ".join(counts) or "no item changed"
    yield f"**{told}** · coverage {_moved(comparison, 'coverage')}"
    yield f"From {plain(_where(comparison.before))} to {plain(_where(after))}."


def _markdown(comparison: Comparison, offenders: int, items: int) -> str:
    parts = list(_headline(comparison))
    for change, members in _by_change(comparison):
        lines = [f"### {change.capitalize()}", ""]
        for each in members[:items]:
            severity = each.item["severity"]
            summary = f": {code(each.item['summary'], 400)}" if each.after else ""
            lines.append(f"- {severity} {code(each.item['id'])} {_statuses(each)}{summary}")
            lines += [f"  - {line}" for line in _offences(each, offenders, code)]
        if len(members) > items:
            lines.append(f"- and {plural(len(members) - items, 'item')} more")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _by_change(comparison: Comparison) -> list[tuple[str, list[Changed]]]:
    return [
        (change.value, list(members))
        for change, members in groupby(comparison.changed, key=lambda each: each.change)
    ]


def _where(report: Mapping[str, Any]) -> str:
    at = report["evaluated_at"][:16].replace("T", " ")
    return f"{at} UTC, account {report['account']}, {report['region']}"


def _moved(comparison: Comparison, name: str) -> str:
    before, after = comparison.before[name], comparison.after[name]
    if before == after:
        return outline.percent(after)
    told = f"{outline.percent(before)} → {outline.percent(after)}"
    return told if None in {before, after} else f"{told} ({after - before:+.1f})"


def _statuses(each: Changed) -> str:
    before, after = each.before or "not evaluated", each.after or "not evaluated"
    return before if before == after else f"{before} → {after}"


def _offences(each: Changed, limit: int, shown: Callable[[str], str]) -> Iterator[str]:
    """The offenders that began and ended, named up to `limit` and otherwise counted."""
    for word, offenders in (("began", each.began), ("ended", each.ended)):
        for offender in offenders[:limit]:
            name = shown(_short(name_of(offender["resource"])))
            yield f"{word}: {name}: {shown(_short(offender['observed']))}"
        if more := len(offenders[limit:]):
            yield f"{word}: {plural(more, 'offender')}{' more' if limit else ''}"


def _short(text: str, limit: int = _LONGEST) -> str:
    return shortened(printable(text), limit)
