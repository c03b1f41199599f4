"""One HTML page that needs nothing beside itself: no network, no fonts, no script to be read.

The template escapes all that it prints. Where very much offends, the page names offenders up to a
size that a browser and a mailbox still take, the most severe items first, and counts the rest; of
exceptions it names the first to end.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import accumulate
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from compliance.drawing import line_of
from compliance.model import NO_CHECK_YET, How, ItemResult, Severity, Status, plural
from compliance.printable import printable, shortened
from compliance.report import Point, Report
from compliance.score import Score, score_of
from compliance.statements.records import ItemException
from compliance_cli.formats import outline

__all__ = ["LARGEST", "render"]

LARGEST = 5_000_000
"""Bytes that a page stays below."""

_ALLOWANCE = 4_000_000
_ROW = 170
_OPEN = 5
_LONGEST_NAME = 600
_LONGEST_SENTENCE = 1200
_OPEN_COMMANDS = 3
_COMMANDS = 50
_EXCEPTIONS = 200
_EXCEPTIONS_ALLOWANCE = 1_000_000
_IN_FORCE = "in force"
_ENDS = 2
_FOLDER = Path(__file__).parent
_HOW = {
    How.CHECK: "by check",
    How.ATTEST: "by attestation",
    How.BOTH: "by check and attestation",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One offender as the page shows it; `arn` only where the name is not all of it."""

    name: str
    arn: str | None
    fault: str
    observed: str
    expected: str

    @property
    def size(self) -> int:
        """About how many bytes the row takes in the page."""
        texts = (self.name, self.arn or "", self.fault, self.observed, self.expected)
        return _ROW + sum(len(Markup.escape(text).encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class _Failure:
    """One failing item: its first offenders, those that unfold, and how many are left unnamed."""

    result: ItemResult
    extent: str
    shown: tuple[_Row, ...]
    folded: tuple[_Row, ...]
    unnamed: int
    commands: tuple[str, ...]
    folded_commands: tuple[str, ...]
    whose: str
    more_commands: int

    @property
    def anchor(self) -> str:
        """Where links find it."""
        return f"fails-{self.result.item.id}"


@dataclass(frozen=True, slots=True)
class _Accepted:
    """One exception as the page shows it: whether it is in force, or why not, and what it takes."""

    item: str
    stated: ItemException
    state: str
    taken: int
    resource: str
    faults: str
    reason: str

    @property
    def in_force(self) -> bool:
        """Whether it counts."""
        return self.state == _IN_FORCE

    @property
    def size(self) -> int:
        """About how many bytes the row takes in the page."""
        texts = (self.item, self.resource, self.faults, self.reason, self.stated.author.name)
        return 2 * _ROW + sum(len(Markup.escape(text).encode()) for text in texts)


@dataclass(frozen=True, slots=True)
class _Trend:
    """The score over time as a line in a box of 600 by 100, and its points for a table."""

    line: str
    words: str
    points: tuple[Point, ...]


def render(report: Report) -> str:
    """The page, in less than `LARGEST` bytes."""
    exceptions = _exceptions(report)
    named = _fitting(exceptions[:_EXCEPTIONS], _EXCEPTIONS_ALLOWANCE)
    return _template().render(
        report=report,
        status=Status,
        NO_CHECK_YET=NO_CHECK_YET,
        score=outline.percent(report.score.value),
        coverage=outline.percent(report.score.coverage),
        how_scored=outline.HOW_SCORED,
        coverage_sentence=outline.coverage_sentence(report),
        percent=outline.percent,
        left_out=outline.left_out,
        plural=plural,
        sentence=lambda text: shortened(printable(text), _LONGEST_SENTENCE),
        failures=tuple(_failures(report, _ALLOWANCE - sum(each.size for each in named))),
        blindnesses=outline.blindnesses(report),
        unchecked=outline.unchecked(report),
        by_section=_by_section(report),
        by_severity=_by_severity(report),
        trend=_trend(report),
        exceptions=named,
        unnamed_exceptions=len(exceptions) - len(named),
        moment=_moment,
        how_decided=_HOW,
        script=_script(),
        policy=_policy(),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    return environment.get_template("report.html.j2")


def _finalize(value: object) -> object:
    """What the page prints: text that hides and reorders nothing; its own parts as they are."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _script() -> Markup:
    return Markup((_FOLDER / "report.js").read_text(encoding="utf-8"))  # noqa: S704 -- a file of this package


@cache
def _policy() -> str:
    """What the browser may run: this page's own script and nothing that a name smuggles in."""
    digest = base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _failures(report: Report, left: int) -> Iterator[_Failure]:
    """The failing items with as many of their offenders as fit into the bytes that are left."""
    for result in outline.failing(report):
        rows = []
        for row in _rows(result):
            left -= row.size
            if left < 0:
                break
            rows.append(row)
        commands = report.remedies.get(result.item.id, ())
        yield _Failure(
            result=result,
            extent=shortened(outline.extent(result), _LONGEST_SENTENCE),
            shown=tuple(rows[:_OPEN]),
            folded=tuple(rows[_OPEN:]),
            unnamed=len(result.offenders) - len(rows),
            commands=commands[:_OPEN_COMMANDS],
            folded_commands=commands[_OPEN_COMMANDS:_COMMANDS],
            whose=outline.counted(
                len(result.offenders), len({offender.fault for offender in result.offenders})
            ),
            more_commands=len(commands[_COMMANDS:]),
        )


def _rows(result: ItemResult) -> Iterator[_Row]:
    named = outline.names(result.offenders)
    for offender in result.offenders:
        name, arn = named[offender.resource], offender.resource
        yield _Row(
            _short(name),
            _short(arn) if arn != name else None,
            _short(offender.fault),
            _short(offender.observed),
            _short(offender.expected),
        )


def _short(text: str) -> str:
    return shortened(printable(text), _LONGEST_NAME)


def _by_severity(report: Report) -> Mapping[Severity, Score]:
    return {
        severity: score_of(
            (severity, result.status)
            for result in report.results.values()
            if result.item.severity is severity
        )
        for severity in Severity
    }


def _trend(report: Report) -> _Trend | None:
    """None where there is nothing to draw a line between."""
    seen = report.history.trend if report.history else ()
    points = [(point.at, point.score) for point in seen if point.score is not None]
    if len(points) < _ENDS:
        return None
    (first, began), (last, ended) = points[0], points[-1]
    lowest, highest = min(score for _, score in points), max(score for _, score in points)
    words = (
        f"The score went from {outline.percent(began)} on {_moment(first)} to "
        f"{outline.percent(ended)} on {_moment(last)}; it was never below "
        f"{outline.percent(lowest)} or above {outline.percent(highest)}."
    )
    return _Trend(line_of(points, 600, 100), words, seen)


def _exceptions(report: Report) -> list[_Accepted]:
    """Each exception: those in force on top, and of either kind the first to end."""
    found = []
    for result in report.results.values():
        if result.exceptions is None:
            continue
        taken = Counter(exception.id for _, exception in result.accepted)
        counting = ((each, _IN_FORCE) for each in result.exceptions.in_force)
        idle = ((each, why.value) for each, why in result.exceptions.others)
        found += [
            _Accepted(
                result.item.id,
                each,
                state,
                taken[each.id],
                _short(each.resource),
                _short(", ".join(sorted(each.faults))),
                shortened(printable(each.reason), _LONGEST_SENTENCE),
            )
            for each, state in (*counting, *idle)
        ]
    return sorted(found, key=lambda each: (not each.in_force, each.stated.until))


def _fitting(rows: list[_Accepted], left: int) -> tuple[_Accepted, ...]:
    """As many of the rows as fit into the bytes that are left."""
    sizes = accumulate(each.size for each in rows)
    return tuple(row for row, size in zip(rows, sizes, strict=True) if size <= left)


def _moment(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M} UTC"


def _by_section(report: Report) -> Mapping[str, list[ItemResult]]:
    sections: dict[str, list[ItemResult]] = {name: [] for name in report.sections}
    for result in report.results.values():
        sections[result.item.section].append(result)
    return sections
