"""Markdown that fits a comment on a pull request, whatever the account's resources are called.

Everything that the account chose stands in code spans or fenced blocks: there it is literal, links
nothing, mentions nobody and closes nothing. The table holds only the checklist's own words.
"""

from __future__ import annotations

import html

from compliance.model import ItemResult, plural
from compliance.printable import printable, shortened
from compliance.report import Report
from compliance_cli.formats import outline
from compliance_cli.formats.markup import code, longest_run, plain

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
    parts += _accepted(report, items)
    parts += _unseen(report, items)
    parts += _attested(report, items)
    return "\n\n".join(parts) + "\n"


def _headline(report: Report) -> str:
    score, coverage = outline.percent(report.score.value), outline.percent(report.score.coverage)
    where = f"Account {report.identity.account}, {report.identity.region}"
    calls = f"{plural(report.calls.total, 'API call')} in {report.duration_seconds:.1f} s"
    sentence = outline.coverage_sentence(report)
    return "\n\n".join(
        [
            f"## {plain(report.workload)} · {plain(report.environment)}: score {score}",
            f"**{outline.tally(report.score)}** · coverage {coverage} %: {sentence}",
            f"{where}, {report.evaluated_at:%Y-%m-%d %H:%M} UTC, {calls}.",
        ]
    )


def _table(failing: tuple[ItemResult, ...], items: int) -> str:
    rows = [
        f"| {result.item.severity.value} | {code(result.item.id, in_table=True)} "
        f"| {plain(result.item.title)} | {_extent(result)} |"
        for result in failing[:items]
    ]
    if len(failing) > items:
        rows.append(f"| | | and {len(failing) - items} more | |")
    head = ["### Fails", "", "| Severity | Item | Must hold | Fails for |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _extent(result: ItemResult) -> str:
    return plain(shortened(outline.extent(result), _LONGEST_NAME))


def _details(report: Report, result: ItemResult, limit: int) -> str:
    """One item's offenders and commands, folded; a blank line lets Markdown in again."""
    named = outline.names(result.offenders)
    heading = shortened(f"{result.item.id}: {printable(outline.extent(result))}", _LONGEST_REASON)
    lines = [f"<details><summary>{html.escape(heading)}</summary>", ""]
    lines += [
        f"- {code(named[offender.resource])}: {code(offender.observed)} → {code(offender.expected)}"
        for offender in result.offenders[:limit]
    ]
    if len(result.offenders) > limit:
        lines.append(f"- and {len(result.offenders) - limit:,} more")
    if result.reason and result.reason != result.summary:
        lines += ["", code(result.reason, _LONGEST_REASON)]
    if told := outline.acceptances(result):
        lines += ["", *(f"- {code(each, _LONGEST_REASON)}" for each in told[:limit])]
        lines += [f"- and {plural(len(told) - limit, 'exception')} more"] * (len(told) > limit)
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
    fence = "`" * max(3, longest_run("\n".join(shown)) + 1)
    return "\n".join([f"{fence}sh", *shown, fence])


def _accepted(report: Report, items: int) -> list[str]:
    """Who accepts what fails, until when and why."""
    accepted = outline.accepted(report)
    if not accepted:
        return []
    lines = ["### Accepted for now", ""]
    for result in accepted[:items]:
        told = outline.acceptances(result)
        more = f" and {plural(len(told) - 1, 'exception')} more" if len(told) > 1 else ""
        first = code(told[0] if told else result.summary, _LONGEST_REASON)
        lines.append(f"- {code(result.item.id)}: {first}{more}")
    if len(accepted) > items:
        lines.append(f"- and {plural(len(accepted) - items, 'item')} more")
    return ["\n".join(lines)]


def _attested(report: Report, items: int) -> list[str]:
    """Whose word is relied on and until when, what ends first on top; folded, for it is no news."""
    attested = outline.attested(report)
    if not attested:
        return []
    lines = [f"<details><summary>Attested by people: {len(attested)}</summary>", ""]
    lines += [
        f"- {code(result.item.id)}: {code(standing.summary)}"
        for result, standing in attested[:items]
    ]
    if len(attested) > items:
        lines.append(f"- and {plural(len(attested) - items, 'item')} more")
    return ["\n".join([*lines, "", "</details>"])]


def _unseen(report: Report, items: int) -> list[str]:
    causes = outline.blindnesses(report)
    if not causes:
        return []
    lines = ["### Could not see", ""]
    for cause in causes[:items]:
        ids = ", ".join(code(result.item.id) for result in cause.results[:items])
        more = f" and {len(cause.results) - items} more" if len(cause.results) > items else ""
        lines.append(f"- {ids}{more}: {code(cause.reason, _LONGEST_REASON)}")
    if len(causes) > items:
        lines.append(f"- and {plural(len(causes) - items, 'cause')} more")
    return ["\n".join(lines)]
