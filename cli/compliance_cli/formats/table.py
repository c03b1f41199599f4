"""Text for a terminal and for a log: what fails first, nothing told by colour alone.

The output is bounded however much offends: it names the first few of each item and counts the rest,
which the JSON holds.
"""

from __future__ import annotations

from compliance.model import ItemResult, Offender, Status, plural
from compliance.printable import printable, shortened
from compliance.report import Report
from compliance_cli.formats import outline
from compliance_cli.formats.paper import SEVERITY_STYLE, Paper, cell_len

__all__ = ["render"]

_OFFENDERS = 5
_COMMANDS = 5
_BLINDED = 12
_EXCEPTIONS = 5
_ATTESTED = 12
_LONGEST_NAME = 160
_LONGEST_SENTENCE = 600
_SEVERITY_COLUMN = 10


def render(report: Report, *, width: int = 80, colour: bool = False) -> str:
    """The report in lines of `width`; only commands may be longer, so that they can be pasted."""
    paper = Paper(width, colour=colour)
    _headline(paper, report)
    _failing(paper, report)
    _accepted(paper, report)
    _unseen(paper, report)
    _attested(paper, report)
    _sections(paper, report)
    _ending(paper, report)
    return paper.text()


def _headline(paper: Paper, report: Report) -> None:
    where = f"account {report.identity.account} · {report.identity.region}"
    paper.line((f"{report.workload} · {report.environment}", "bold"), f" · {where}")
    calls = f"{plural(report.calls.total, 'API call')} in {report.duration_seconds:.1f} s"
    paper.line((f"{report.evaluated_at:%Y-%m-%d %H:%M} UTC · {calls}", "dim"))
    paper.blank()
    score, coverage = outline.percent(report.score.value), outline.percent(report.score.coverage)
    paper.line("Score     ", (f"{score:>5}", "bold"), f"    {outline.tally(report.score)}", hang=19)
    sentence = outline.coverage_sentence(report)
    paper.line("Coverage  ", (f"{coverage:>5}", "bold"), f" %  {sentence}", hang=19)


def _failing(paper: Paper, report: Report) -> None:
    failing = outline.failing(report)
    if not failing:
        if report.score.counts[Status.UNKNOWN]:
            paper.heading(("Nothing fails of what could be seen.", "bold"))
        else:
            paper.heading(("Everything holds.", "bold green"))
        return
    paper.heading((f"FAILS ({len(failing)})", "bold"))
    for result in failing:
        _failure(paper, report, result)


def _failure(paper: Paper, report: Report, result: ItemResult) -> None:
    severity = result.item.severity.value
    paper.blank()
    paper.line(
        (f"{severity.upper():<{_SEVERITY_COLUMN}}", SEVERITY_STYLE[severity]),
        (result.item.id, "bold"),
        hang=_SEVERITY_COLUMN,
    )
    paper.line(result.item.title, indent=2)
    paper.line(shortened(outline.extent(result), _LONGEST_SENTENCE), indent=2)
    _offenders(paper, result.offenders)
    if result.reason and result.reason != result.summary:
        paper.line(shortened(result.reason, _LONGEST_SENTENCE), indent=2)
    _acceptances(paper, result)
    fixes = report.remedies.get(result.item.id, ())
    if fixes:
        faults = len({offender.fault for offender in result.offenders})
        whose = outline.counted(len(result.offenders), faults)
        paper.line(f"  Fix {whose}:" if whose else "  Fix:")
        for command in fixes[:_COMMANDS]:
            paper.verbatim(command, "cyan", indent=4)
        if len(fixes) > _COMMANDS:
            paper.line(f"    and {len(fixes) - _COMMANDS:,} more commands, in the JSON")


def _offenders(paper: Paper, offenders: tuple[Offender, ...]) -> None:
    """A line each where all of the lines fit; otherwise the name above what is wrong with it."""
    shown = offenders[:_OFFENDERS]
    named = outline.names(offenders)
    rows = [
        (
            shortened(printable(named[offender.resource]), _LONGEST_NAME),
            shortened(printable(offender.observed), _LONGEST_NAME),
            shortened(printable(offender.expected), _LONGEST_NAME),
        )
        for offender in shown
    ]
    column = max((cell_len(name) for name, _, _ in rows), default=0) + 2
    fits = all(
        column + cell_len(observed) + cell_len(expected) + 7 <= paper.width
        for _, observed, expected in rows
    )
    for name, observed, expected in rows:
        change = (f"{observed} → {expected}", "")
        if fits:
            padding = " " * (column - cell_len(name))
            paper.line((name, "bold"), padding, change, indent=4)
        else:
            paper.line((name, "bold"), indent=4)
            paper.line(change, indent=6)
    if len(offenders) > _OFFENDERS:
        paper.line(f"and {len(offenders) - _OFFENDERS:,} more", indent=4)


def _accepted(paper: Paper, report: Report) -> None:
    accepted = outline.accepted(report)
    if not accepted:
        return
    paper.heading((f"ACCEPTED FOR NOW ({len(accepted)})", "bold"))
    for result in accepted:
        severity = result.item.severity.value
        paper.blank()
        paper.line(
            (f"{severity.upper():<{_SEVERITY_COLUMN}}", SEVERITY_STYLE[severity]),
            (result.item.id, "bold"),
            hang=_SEVERITY_COLUMN,
        )
        _acceptances(paper, result)


def _acceptances(paper: Paper, result: ItemResult) -> None:
    told = outline.acceptances(result)
    for sentence in told[:_EXCEPTIONS]:
        paper.line(shortened(printable(sentence), _LONGEST_SENTENCE), indent=2, hang=2)
    if len(told) > _EXCEPTIONS:
        paper.line(f"and {plural(len(told) - _EXCEPTIONS, 'exception')} more", indent=2)


def _attested(paper: Paper, report: Report) -> None:
    """Whose word is relied on, and until when; what ends first is what comes due first."""
    attested = outline.attested(report)
    if not attested:
        return
    paper.heading((f"ATTESTED ({len(attested)})", "bold"))
    for result, standing in attested[:_ATTESTED]:
        told = shortened(printable(standing.summary), _LONGEST_NAME)
        paper.line((result.item.id, "bold"), f"  {told}", indent=2, hang=2)
    if len(attested) > _ATTESTED:
        paper.line(f"and {plural(len(attested) - _ATTESTED, 'item')} more", indent=2)


def _unseen(paper: Paper, report: Report) -> None:
    causes = outline.blindnesses(report)
    if not causes:
        return
    paper.heading((f"COULD NOT SEE ({sum(len(cause.results) for cause in causes)})", "bold"))
    for cause in causes:
        paper.blank()
        paper.line(shortened(cause.reason, _LONGEST_SENTENCE), indent=2)
        for result in cause.results[:_BLINDED]:
            severity = result.item.severity.value
            paper.line(
                (f"{severity.upper():<{_SEVERITY_COLUMN}}", SEVERITY_STYLE[severity]),
                (result.item.id, "bold"),
                indent=4,
            )
        if len(cause.results) > _BLINDED:
            paper.line(f"and {len(cause.results) - _BLINDED} more items", indent=4)


def _sections(paper: Paper, report: Report) -> None:
    """The sections of which something is known; a row of zeros for the others tells nothing."""
    blind = {
        result.item.section for cause in outline.blindnesses(report) for result in cause.results
    }
    shown = {
        name: score for name, score in report.sections.items() if score.coverage or name in blind
    }
    if not shown:
        return
    title = max(len("SECTION"), *(cell_len(report.titles[name]) for name in shown))
    paper.heading(
        (f"{'SECTION':<{title}}  SCORE   PASS   FAIL   UNKNOWN   LEFT OUT", "bold"),
    )
    for name, score in shown.items():
        counts = score.counts
        fails = f"{counts[Status.FAIL]:>4}"
        paper.line(
            report.titles[name] + " " * (title - cell_len(report.titles[name])),
            f"  {outline.percent(score.value):>5}   {counts[Status.PASS]:>4}   ",
            (fails, "bold red") if counts[Status.FAIL] else fails,
            f"   {counts[Status.UNKNOWN]:>7}   {outline.left_out(score):>8}",
        )
    if rest := len(report.sections) - len(shown):
        verb = "has" if rest == 1 else "have"
        paper.line((f"{plural(rest, 'section')} more {verb} no check yet", "dim"))


def _ending(paper: Paper, report: Report) -> None:
    """Say where to go on: on a terminal the end of the output is what is read first."""
    known = (*outline.failing(report), *(r for c in outline.blindnesses(report) for r in c.results))
    if known:
        first = outline.ranked(known)[0].item.id
        paper.heading(f"More: compliance explain {first}")
