"""Markdown that fits a comment on a pull request, whatever the account's resources are called.

Everything that the account chose stands in code spans or fenced blocks: there it is literal, links
nothing, mentions nobody and closes nothing. The table holds only the checklist's own words.
"""

from __future__ import annotations

import html
import re

from compliance.model import ItemResult, plural
from compliance.printable import printable, shortened
from compliance.report import Report
from compliance_cli.formats import outline

__all__ = ["LARGEST", "render"]

LARGEST = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""

_LONGEST_NAME = 200
_LONGEST_REASON = 400
_LONGEST_COMMAND = 1000

# How many offenders and commands of an item, and how many items in all, are shown: the first that
# fit are taken.
_MEASURES = ((20, 200), (5, 200), (2, 60), (0, 60), (0, 20))


def render(report: Report) -> str:
    """The report in less than `LARGEST` characters: fewer offenders are named where many offend."""
    texts = (_render(report, offenders, items) for offenders, items in _MEASURES)
    return next((text for text in texts if len(text) < LARGEST), "") or _headline(report) + "\n"


def _render(report: Report, offenders: int, items: int) -> str:
    failing = outline.failing(report)
    parts = [_headline(report)]
    if failing:
        parts.append(_table(failing, items))
        parts += [_details(report, result, offenders) for result in failing[:items]]
    parts += _unseen(report, items)
    return "\n\n".join(parts) + "\n"


def _headline(report: Report) -> str:
    score, coverage = outline.percent(report.score.value), outline.percent(report.score.coverage)
    where = f"Account {report.identity.account}, {report.identity.region}"
    calls = f"{plural(report.calls.total, 'API call')} in {report.duration_seconds:.1f} s"
    sentence = outline.coverage_sentence(report)
    return "\n\n".join(
        [
            f"## {_plain(report.workload)} · {_plain(report.environment)}: score {score}",
            f"**{outline.tally(report.score)}** · coverage {coverage} %: {sentence}",
            f"{where}, {report.evaluated_at:%Y-%m-%d %H:%M} UTC, {calls}.",
        ]
    )


def _table(failing: tuple[ItemResult, ...], items: int) -> str:
    rows = [
        f"| {result.item.severity.value} | {_code(result.item.id, in_table=True)} "
        f"| {_plain(result.item.title)} | {_extent(result)} |"
        for result in failing[:items]
    ]
    if len(failing) > items:
        rows.append(f"| | | and {len(failing) - items} more | |")
    head = ["### Fails", "", "| Severity | Item | Must hold | Fails for |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _extent(result: ItemResult) -> str:
    return _plain(shortened(outline.extent(result), _LONGEST_NAME))


def _details(report: Report, result: ItemResult, limit: int) -> str:
    """One item's offenders and commands, folded; a blank line lets Markdown in again."""
    named = outline.names(result.offenders)
    heading = shortened(f"{result.item.id}: {printable(outline.extent(result))}", _LONGEST_REASON)
    lines = [f"<details><summary>{html.escape(heading)}</summary>", ""]
    lines += [
        f"- {_code(named[offender.resource])}: {_code(offender.observed)} → "
        f"{_code(offender.expected)}"
        for offender in result.offenders[:limit]
    ]
    if len(result.offenders) > limit:
        lines.append(f"- and {len(result.offenders) - limit:,} more")
    if result.reason and result.reason != result.summary:
        lines += ["", _code(result.reason, _LONGEST_REASON)]
    if fix := _fix(report, result, limit):
        lines += ["", fix]
    return "\n".join([*lines, "", "</details>"])


def _fix(report: Report, result: ItemResult, limit: int) -> str:
    """The commands in one fenced block; one too long to show is left out, never cut."""
    commands = [printable(command) for command in report.remedies.get(result.item.id, ())]
    shown = [command for command in commands[:limit] if len(command) <= _LONGEST_COMMAND]
    if not shown:
        return ""
    if len(commands) > len(shown):
        shown.append(f"# and {len(commands) - len(shown)} more, in the JSON")
    fence = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    return "\n".join([f"{fence}sh", *shown, fence])


def _unseen(report: Report, items: int) -> list[str]:
    causes = outline.blindnesses(report)
    if not causes:
        return []
    lines = ["### Could not see", ""]
    for cause in causes[:items]:
        ids = ", ".join(_code(result.item.id) for result in cause.results[:items])
        more = f" and {len(cause.results) - items} more" if len(cause.results) > items else ""
        lines.append(f"- {ids}{more}: {_code(cause.reason, _LONGEST_REASON)}")
    if len(causes) > items:
        lines.append(f"- and {plural(len(causes) - items, 'cause')} more")
    return ["\n".join(lines)]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _code(text: str, limit: int = _LONGEST_NAME, *, in_table: bool = False) -> str:
    """A code span: its fence is longer than any run of backticks inside."""
    content = shortened(printable(text), limit) or " "
    if in_table:
        content = content.replace("|", "\\|")
    fence = "`" * (_longest_run(content) + 1)
    space = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{fence}{space}{content}{space}{fence}"


def _plain(text: str) -> str:
    """Prose in which nothing is markup: punctuation that Markdown reads is escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&@])", r"\\\1", printable(text))
