"""Three acts on OmniTrack's simulated account: `make demo`.

Exits 1 where what the main job tells is not exactly what was done to the account.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance import registry
from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.collectors.reader import Connection
from compliance.drift import Change, Known, Step, compare
from compliance.engine import evaluate, remedy
from compliance.model import Offender, name_of, plural
from compliance.report import Report, report_of
from compliance_cli.formats import html_page, json_text, table
from compliance_cli.formats.paper import SEVERITY_STYLE, Paper
from compliance_cli.terminal import colour_for, print_out, width_for, write_file
from simulated_account import SimulatedAccount, omnitrack

BUILD = Path("build/demo")
BETWEEN_RUNS = timedelta(minutes=15)

CHECKLIST = load_checklist()
BASELINE = load_baseline(items=CHECKLIST.items)
REGISTRY = registry.load()


class Monitor:
    """The main job, run by hand every quarter of an hour, and what it remembers."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._at = datetime.now(UTC)

    def run(self) -> tuple[Report, list[Change]]:
        """One evaluation, and what there is to tell of it."""
        # A simulated account has no quota that the monitor could take from a deploy.
        connection = Connection(rate_share=None)
        try:
            found = evaluate(
                CHECKLIST.items.values(), BASELINE, REGISTRY, connection, now=datetime.now(UTC)
            )
        finally:
            connection.close()
        steps = compare(self._known, found.results, self._at)
        self._known |= {name: step.known for name, step in steps.items()}
        self._at += BETWEEN_RUNS
        return report_of(found, BASELINE, CHECKLIST, connection.calls), _changes(steps)


def main() -> int:
    """Play the acts; 0 where each told exactly what was done."""
    with SimulatedAccount() as account:
        os.environ.update(account.environment)
        omnitrack.seed(account)
        monitor = Monitor()

        _act(1, "the first evaluation", "All is new to the monitor, so nothing has drifted.")
        report, enrolled = monitor.run()
        _show(report)
        known = set(_offences(report))

        _act(
            2,
            "somebody means well",
            "The retention of a log group is unset, an alarm loses its action, and the backups of "
            "a table are switched off.",
        )
        done = omnitrack.drift(account)
        report, drifted = monitor.run()
        _tell(report, drifted)
        _, unchanged = monitor.run()
        _say(f"A quarter of an hour later, nothing new: {plural(len(unchanged), 'message')}.")

        _act(3, "the repair", "All three are undone.")
        omnitrack.repair(account)
        report, recovered = monitor.run()
        _tell(report, recovered)

    paths = _write(report)
    exact = (
        known == omnitrack.KNOWN_FAULTS
        and not enrolled
        and _began(drifted) == done
        and not unchanged
        and _ended(recovered) == done
    )
    _ending(paths, exact=exact)
    return 0 if exact else 1


def _changes(steps: Mapping[str, Step]) -> list[Change]:
    changes = [change for step in steps.values() for change in step.changes]
    return sorted(changes, key=lambda change: -change.severity.weight)


def _offences(report: Report) -> Iterable[omnitrack.Fault]:
    for name, result in report.results.items():
        for offender in result.offenders:
            yield name, *offender.key


def _began(changes: Iterable[Change]) -> set[omnitrack.Fault]:
    return {(c.item, *offence.offender.key) for c in changes for offence in c.offences}


def _ended(changes: Iterable[Change]) -> set[omnitrack.Fault]:
    return {(c.item, *offence.offender.key) for c in changes for offence, _ in c.endings}


def _paper() -> Paper:
    return Paper(width_for(sys.stdout), colour=colour_for(sys.stdout))


def _say(sentence: str) -> None:
    paper = _paper()
    paper.line(sentence)
    print_out(paper.text())


def _act(number: int, title: str, story: str) -> None:
    paper = _paper()
    paper.blank()
    paper.line((f"━━ ACT {number}: {title} ", "bold"), ("━" * 20, "dim"))
    paper.line(story)
    paper.blank()
    print_out(paper.text())


def _show(report: Report) -> None:
    print_out(table.render(report, width=width_for(sys.stdout), colour=colour_for(sys.stdout)))


def _tell(report: Report, changes: Iterable[Change]) -> None:
    """One message an item: what began, what ended and how, and what to do about it."""
    paper = _paper()
    for change in changes:
        item = CHECKLIST.items[change.item]
        severity = change.severity.value
        paper.line(
            (change.kind.value.upper(), "bold"),
            "  ",
            (severity, SEVERITY_STYLE[severity]),
            f"  {change.item}",
        )
        paper.line(item.title, indent=2)
        for offence in change.offences:
            _offence(paper, offence.offender, f"expected {offence.offender.expected}")
            paper.verbatim(remedy(item, offence.offender, report.identity, BASELINE), indent=4)
        for offence, ending in change.endings:
            _offence(paper, offence.offender, ending.value)
        paper.blank()
    print_out(paper.text())


def _offence(paper: Paper, offender: Offender, rest: str) -> None:
    paper.line((name_of(offender.resource), "bold"), f": {offender.observed}; {rest}", indent=4)


def _write(report: Report) -> list[Path]:
    BUILD.mkdir(parents=True, exist_ok=True)
    written = {
        BUILD / "report.json": json_text.render(report),
        BUILD / "report.html": html_page.render(report),
    }
    for path, text in written.items():
        write_file(path, text)
    return list(written)


def _ending(paths: Iterable[Path], *, exact: bool) -> None:
    paper = _paper()
    if exact:
        paper.line("Every message named exactly what was done to the account, and nothing else.")
    else:
        paper.line(("The messages are NOT what was done to the account.", "bold red"))
    paper.blank()
    paper.line("The report after the repair: " + " and ".join(str(path) for path in paths))
    paper.line("On a real account, read-only:")
    paper.verbatim("AWS_PROFILE=... AWS_REGION=us-east-1 .venv/bin/compliance run", indent=4)
    print_out(paper.text())


if __name__ == "__main__":
    sys.exit(main())
