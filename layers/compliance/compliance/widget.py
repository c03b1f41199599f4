"""The custom widget on the CloudWatch dashboard: what fails and why, from the tables alone. Pure.

CloudWatch shows the HTML that a function returns and takes scripts, frames and event handlers out
of it. What is to react is followed by a `cwdb-action`, which calls the function again: with
parameters of its own, with the form's fields, and with the dashboard's time range, which filters
and details therefore keep. Everything that an account chose is escaped.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from compliance.checklist import Checklist
from compliance.drawing import line_of
from compliance.drift import Open
from compliance.model import NO_CHECK_YET, Gap, Item, Severity, Status, describe, name_of, plural
from compliance.printable import printable, shortened
from compliance.score import Score
from compliance.statements.due import Due
from compliance.statements.standing import Exceptions, Standing

__all__ = [
    "DESCRIPTION",
    "LARGEST",
    "STRETCHES",
    "Asked",
    "Detail",
    "Event",
    "Moment",
    "Overview",
    "Remembered",
    "asked_of",
    "moments_of",
    "render_due",
    "render_item",
    "render_overview",
]

DESCRIPTION = """\
## OmniTrack compliance

What fails on the production checklist, the most severe first, since when and why; what could not be
seen; which attestations are due; and the score over the dashboard's time range. An item's title
opens its offenders, the commands that mend them and what happened to it before.

It reads the monitor's tables and nothing else.

### Widget parameters

Param | Description
---|---
**section** | Show only this section, such as `dynamodb`. The form on the widget overrides it.
**severity** | Show only this severity: `critical`, `high`, `medium` or `low`. Likewise.

### Example parameters

```yaml
section: dynamodb
severity: critical
```
"""

LARGEST = 1_000_000
"""Characters that an answer stays below; Lambda itself hands on 6 MB.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

STRETCHES = 24
"""In how many stretches the score is drawn, however long the time is that they cover."""

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_MOST_ITEMS = 60
_MOST_DUE = 5
_MOST_DUE_ALONE = 400
_MOST_OFFENDERS = 100
_MOST_COMMANDS = 5
_MOST_EXCEPTIONS = 20
_LONGEST_NAME = 300
_LONGEST_SENTENCE = 320
_DAY = timedelta(days=1)
_STYLE = Path(__file__).with_name("widget.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call wants to see. `section` and `severity` are None where all are wanted."""

    theme: str = "light"
    view: str = ""
    item: str | None = None
    section: str | None = None
    severity: Severity | None = None
    start: datetime | None = None
    end: datetime | None = None

    def wants(self, item: Item) -> bool:
        """Whether the filters let the item through."""
        return self.section in {None, item.section} and self.severity in {None, item.severity}


@dataclass(frozen=True, slots=True)
class Remembered:
    """An item as the state remembers it: its status now, in one line, and since when."""

    status: Status
    summary: str
    reason: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The score after some run; None where nothing weighed."""

    at: datetime
    score: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of an item: what happened, when, and to how many offences."""

    kind: str
    at: datetime
    offences: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the widget shows at first. `due` is a gap where statements cannot be read."""

    checklist: Checklist
    known: Mapping[str, Remembered]
    score: Score
    trend: Sequence[Moment]
    due: Sequence[Due] | Gap
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One item: all that is known of it, and a command for the first offender of each fault."""

    item: Item
    known: Remembered | None
    offences: Sequence[Open]
    history: Sequence[Event]
    commands: Sequence[str]
    standing: Standing | None
    exceptions: Exceptions | None


def asked_of(event: Mapping[str, Any], checklist: Checklist) -> Asked:
    """What an event of CloudWatch's asks for; what it cannot mean asks for nothing in particular.

    The form's fields count before parameters, because the form is what the viewer last touched.
    """
    context = _mapping(event.get("widgetContext"))
    fields = {**event, **_mapping(_mapping(context.get("forms")).get("all"))}
    if event.get("everything"):
        fields |= {"section": "", "severity": ""}
    range_ = _mapping(context.get("timeRange"))
    range_ = _mapping(range_.get("zoom")) or range_
    section, severity, item = fields.get("section"), fields.get("severity"), event.get("item")
    return Asked(
        theme="dark" if context.get("theme") == "dark" else "light",
        view="due" if event.get("view") == "due" else "",
        item=item if isinstance(item, str) else None,
        section=section if section in list(checklist.sections) else None,
        severity=Severity(severity) if severity in list(Severity) else None,
        start=_moment(range_.get("start")),
        end=_moment(range_.get("end")),
    )


def moments_of(asked: Asked, now: datetime) -> list[datetime]:
    """The ends of the stretches in which the score is drawn: the dashboard's time, or the day."""
    end = min(asked.end or now, now)
    start = asked.start if asked.start and asked.start < end else end - _DAY
    step = (end - start) / STRETCHES
    return [*(start + step * n for n in range(STRETCHES)), end]


def render_overview(shown: Overview, asked: Asked, endpoint: str) -> str:
    """What fails, what could not be seen, what is due, and how the score came about."""
    failing = _with(shown, asked, Status.FAIL)
    unseen = [p for p in _with(shown, asked, Status.UNKNOWN) if p[1].reason != NO_CHECK_YET]
    parts = [
        f'<div class="head">{_figures(shown)}{_trend(shown.trend)}</div>',
        _form(shown.checklist, asked, endpoint),
        _items("What fails", failing, endpoint) or _nothing_fails(shown, asked),
        _items("What could not be seen", unseen, endpoint),
        _due_part(shown.due, asked, endpoint),
    ]
    return _page(asked, parts)


def render_due(due: Sequence[Due] | Gap, asked: Asked) -> str:
    """What people must state anew, the soonest first, as much of it as anybody reads."""
    if isinstance(due, Gap):
        return _page(asked, [_heading("Statements due"), _unread(due)])
    wanted = [each for each in due if asked.wants(each.item)]
    more = _more(len(wanted) - _MOST_DUE_ALONE, "`compliance due` lists them all")
    table = _due_table(wanted[:_MOST_DUE_ALONE])
    return _page(asked, [_heading("Statements due"), _due_words(wanted), table, more])


def render_item(detail: Detail, asked: Asked) -> str:
    """One item: its offenders and since when, why it matters, the fix, and its history."""
    item, known = detail.item, detail.known
    status = known.status if known else Status.UNKNOWN
    summary = known.summary if known else "no run has seen it yet"
    reason = known.reason if known and known.reason != known.summary else None
    parts = [
        _heading(item.title),
        _facts(item, status, known),
        "" if detail.offences else f"<p>{_text(summary)}</p>",
        f'<p class="UNKNOWN">{_text(reason)}</p>' if reason else "",
        _offenders(detail.offences, item),
        _commands(detail),
        f"<h3>Why</h3><p>{_text(item.why)}</p>",
        _stated(detail),
        _history(detail.history),
    ]
    return _page(asked, parts)


# --- parts of the overview


def _figures(shown: Overview) -> str:
    counts = shown.score.counts
    seen = f" · last run {_when(shown.seen_at)}" if shown.seen_at else ""
    figures = (
        ("first", "Score", _figure(shown.score.value), " of 100"),
        ("", "Coverage", _figure(shown.score.coverage), " %"),
        ("FAIL", "Fail", counts[Status.FAIL], ""),
        ("UNKNOWN", "Unknown", counts[Status.UNKNOWN], ""),
        ("PASS", "Pass", counts[Status.PASS], ""),
        ("", "Excepted", counts[Status.EXCEPTED], ""),
    )
    rows = "".join(
        f'<div class="{kind if kind == "first" else ""}"><dt>{name}</dt>'
        f'<dd class="{kind}">{value}<small>{unit}</small></dd></div>'
        for kind, name, value, unit in figures
    )
    return (
        f'<div><dl class="figures">{rows}</dl>'
        f'<p class="quiet">Of {plural(len(shown.checklist.items), "item")}{seen}</p></div>'
    )


def _trend(trend: Sequence[Moment]) -> str:
    """The score as a line from 0 to 100; in words for who does not see it."""
    points = [(each.at, each.score) for each in trend if each.score is not None]
    if len(points) < 2:  # noqa: PLR2004 -- a line has two ends
        return '<p class="trend quiet">No history of the score in this time range.</p>'
    (first, from_), (last, to) = points[0], points[-1]
    line = line_of(points, 600, 60)
    low, high = min(s for _, s in points), max(s for _, s in points)
    words = (
        f"Score from {_figure(from_)} on {_when(first)} to {_figure(to)} on {_when(last)}, "
        f"between {_figure(low)} and {_figure(high)}"
    )
    return (
        '<div class="trend">'
        f'<svg viewBox="0 0 600 60" preserveAspectRatio="none" role="img" aria-label="{words}">'
        '<path d="M0 0H600M0 60H600" fill="none" style="stroke:var(--line)" '
        'vector-effect="non-scaling-stroke"></path>'
        f'<polygon points="0,60 {line} 600,60" style="fill:var(--link);opacity:.14"></polygon>'
        f'<polyline points="{line}" fill="none" style="stroke:var(--link);stroke-width:2" '
        'vector-effect="non-scaling-stroke"></polyline></svg>'
        f'<div class="ends"><span>{_when(first)}</span>'
        f"<span>score, {_figure(low)} to {_figure(high)} on a scale of 0 to 100</span>"
        f"<span>{_when(last)}</span></div></div>"
    )


def _form(checklist: Checklist, asked: Asked, endpoint: str) -> str:
    sections = _options("Every section", checklist.sections.items(), asked.section)
    severities = _options("Every severity", ((s.value, s.value) for s in Severity), asked.severity)
    clear = ""
    if asked.section or asked.severity:
        clear = _calling("Show all", endpoint, {"everything": True}, classes="plain")
    return (
        f'<form><label>Section <select name="section">{sections}</select></label>'
        f'<label>Severity <select name="severity">{severities}</select></label>'
        f"{_calling('Filter', endpoint, {})}{clear}</form>"
    )


def _options(all_: str, choices: Iterable[tuple[str, str]], chosen: str | None) -> str:
    options = [f'<option value="">{all_}</option>']
    for value, label in choices:
        selected = " selected" if value == chosen else ""
        options.append(f'<option value="{_text(value)}"{selected}>{_text(label)}</option>')
    return "".join(options)


def _with(shown: Overview, asked: Asked, status: Status) -> list[tuple[Item, Remembered]]:
    found = [
        (item, each)
        for item in shown.checklist.items.values()
        if (each := shown.known.get(item.id)) and each.status is status and asked.wants(item)
    ]
    return sorted(found, key=lambda pair: _RANK[pair[0].severity])


def _items(title: str, rows: Sequence[tuple[Item, Remembered]], endpoint: str) -> str:
    if not rows:
        return ""
    lines = [
        f'<tr><td>{_mark(item.severity.value)}</td><th scope="row">'
        f"{_calling(item.title, endpoint, {'item': item.id}, popup=True)}"
        f"<code>{_text(item.id)}</code></th><td>{_text(each.summary, _LONGEST_SENTENCE)}</td>"
        f'<td class="when">{_when(each.since)}</td></tr>'
        for item, each in rows[:_MOST_ITEMS]
    ]
    heads = ("Severity", "Item", "Seen", "Since (UTC)")
    return (
        f"<h3>{title} <span>{len(rows)}</span></h3>{_table(title, heads, lines)}"
        f"{_more(len(rows) - _MOST_ITEMS, 'the filters narrow them')}"
    )


def _nothing_fails(shown: Overview, asked: Asked) -> str:
    if asked.section or asked.severity:
        return "<h3>What fails <span>0</span></h3><p>Nothing fails of what the filters show.</p>"
    if shown.seen_at is None:
        return "<h3>No run yet</h3><p>The monitor has not evaluated this account yet.</p>"
    return "<h3>What fails <span>0</span></h3><p>Nothing fails of what could be seen.</p>"


def _due_part(due: Sequence[Due] | Gap, asked: Asked, endpoint: str) -> str:
    if isinstance(due, Gap):
        return f"<h3>Statements due</h3>{_unread(due)}"
    wanted = [each for each in due if asked.wants(each.item)]
    if not wanted:
        return ""
    named = {"section": asked.section or "", "severity": asked.severity or ""}
    every = (
        f"<p>{_calling(f'All {len(wanted)}', endpoint, {'view': 'due', **named}, popup=True)}</p>"
        if len(wanted) > _MOST_DUE
        else ""
    )
    return (
        f"<h3>Statements due <span>{len(wanted)}</span></h3>"
        f"{_due_words(wanted)}{_due_table(wanted[:_MOST_DUE])}{every}"
    )


def _due_words(due: Sequence[Due]) -> str:
    overdue = sum(each.overdue for each in due)
    soon = len(due) - overdue
    return f'<p class="quiet">{overdue} overdue, {soon} end within two weeks.</p>'


def _due_table(due: Sequence[Due]) -> str:
    lines = [
        f'<tr><td>{_mark(each.item.severity.value)}</td><th scope="row">{_text(each.item.title)}'
        f"<code>{_text(each.item.id)}</code></th><td>{_text(each.words, _LONGEST_SENTENCE)}</td>"
        f'<td class="when">{_when(each.at)}</td><td>{_text(each.owner or "")}</td></tr>'
        for each in due
    ]
    heads = ("Severity", "Item", "Stated", "Ends (UTC)", "Owner")
    return _table("Statements due", heads, lines)


def _unread(gap: Gap) -> str:
    return f'<p class="UNKNOWN">What people stated could not be read: {_text(describe([gap]))}.</p>'


# --- parts of an item


def _facts(item: Item, status: Status, known: Remembered | None) -> str:
    facts = [
        ("status", _mark(status.value)),
        ("severity", _mark(item.severity.value)),
        ("since", _when(known.since) if known else ""),
        ("item", f"<code>{_text(item.id)}</code>"),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{fact}</dd></div>" for name, fact in facts if fact)
    return f'<dl class="facts">{rows}</dl>'


def _offenders(offences: Sequence[Open], item: Item) -> str:
    if not offences:
        return ""
    lines = []
    for each in offences[:_MOST_OFFENDERS]:
        who = each.offender
        name = name_of(who.resource)
        arn = f"<code>{_text(who.resource)}</code>" if name != who.resource else ""
        lines.append(
            f'<tr><th scope="row"><b>{_text(name)}</b>{arn}</th>'
            f"<td>{_text(who.observed)}<code>{_text(who.fault)}</code></td>"
            f'<td>{_text(who.expected)}</td><td class="when">{_when(each.since)}</td></tr>'
        )
    heads = ("Resource", "Observed", "Expected", "Since (UTC)")
    rest = f"`compliance run --item {item.id} --format json` names them all"
    table = _table("What offends", heads, lines, "stack offends")
    more = _more(len(offences) - _MOST_OFFENDERS, rest)
    return f"<h3>What offends <span>{len(offences):,}</span></h3>{table}{more}"


def _commands(detail: Detail) -> str:
    if not detail.commands:
        return ""
    shown = "".join(
        f"<pre>{escape(printable(command))}</pre>" for command in detail.commands[:_MOST_COMMANDS]
    )
    one_each = len(detail.offences) > len(detail.commands)
    whose = " <span>for the first offender of each fault</span>" if one_each else ""
    rest = f"`compliance explain {detail.item.id}` tells more"
    return f"<h3>Fix{whose}</h3>{shown}{_more(len(detail.commands) - _MOST_COMMANDS, rest)}"


def _stated(detail: Detail) -> str:
    parts = []
    if detail.standing:
        evidence = detail.standing.attestation.evidence if detail.standing.attestation else None
        on = f"; evidence: {evidence}" if evidence else ""
        parts.append(f"<h3>Attestation</h3><p>{_text(detail.standing.summary + on)}</p>")
    if detail.exceptions and detail.exceptions.in_force:
        in_force = sorted(detail.exceptions.in_force, key=lambda each: each.until)
        parts.append(f"<h3>Exceptions in force <span>{len(in_force):,}</span></h3>")
        parts += [
            f"<p>{_text(each.author.name)} accepts {_text(', '.join(sorted(each.faults)))} of "
            f"{_text(each.resource)} until {_when(each.until)}: {_text(each.reason)}</p>"
            for each in in_force[:_MOST_EXCEPTIONS]
        ]
        rest = f"`compliance history {detail.item.id}` tells them all"
        parts.append(_more(len(in_force) - _MOST_EXCEPTIONS, rest))
    return "".join(parts)


def _history(history: Sequence[Event]) -> str:
    if not history:
        return ""
    lines = "".join(
        f'<li><span class="when quiet">{_when(each.at)}</span><span>{_happened(each)}</span></li>'
        for each in reversed(history)
    )
    return f'<h3>History</h3><ol class="history">{lines}</ol>'


def _happened(event: Event) -> str:
    count = plural(event.offences, "offence")
    match event.kind:
        case "enrolled":
            return f"seen for the first time, with {count}"
        case "drifted":
            return f"drifted: {count} began"
        case "recovered":
            return f"recovered: {count} ended" if event.offences else "visible again"
        case "blinded":
            return "could not be seen any more"
        case _:
            return f"reminded of {count}"


# --- all parts are made of these


def _page(asked: Asked, parts: Iterable[str]) -> str:
    body = "\n".join(part for part in parts if part)
    return (
        f'<style>{_STYLE}</style><div class="cwdb-no-default-styles"></div>'
        f'<div class="omnitrack {asked.theme}">\n{body}\n</div>'
    )


def _heading(text: str) -> str:
    return f"<h2>{_text(text)}</h2>"


def _table(caption: str, heads: Iterable[str], lines: Iterable[str], classes: str = "stack") -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<table class="{classes}" aria-label="{caption}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _calling(
    label: str,
    endpoint: str,
    parameters: Mapping[str, object],
    *,
    popup: bool = False,
    classes: str = "",
) -> str:
    """A button that calls the function again: the action must follow its element at once."""
    display = "popup" if popup else "widget"
    of_class = f' class="{classes}"' if classes else ""
    return (
        f'<button type="button"{of_class}>{_text(label)}</button>'
        f'<cwdb-action action="call" display="{display}" endpoint="{_text(endpoint)}">'
        f"{escape(json.dumps(parameters), quote=False)}</cwdb-action>"
    )


def _more(count: int, rest: str) -> str:
    return f'<p class="quiet">and {count:,} more; {_text(rest)}</p>' if count > 0 else ""


def _mark(word: str) -> str:
    return f'<span class="mark {word}">{word.replace("_", " ")}</span>'


def _text(text: str, longest: int = _LONGEST_NAME) -> str:
    """A text that is shown as it is, kept apart from its neighbours whichever way it is read."""
    shown = shortened(printable(text), longest)
    safe = escape(shown)
    return safe if shown.isascii() else f"<bdi>{safe}</bdi>"


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:g}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
