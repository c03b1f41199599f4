"""`compliance history` and `due`: who said what when, and what comes due."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.printable import printable
from compliance.statements.document import to_data
from compliance.statements.due import Due, due
from compliance.statements.records import Attestation, ItemException, Revocation, Statement
from compliance_cli.failures import CouldNotRun
from compliance_cli.formats.paper import Paper
from compliance_cli.options import baseline_option
from compliance_cli.selection import find
from compliance_cli.statements.kept import kept_in
from compliance_cli.statements.ledger import opened
from compliance_cli.terminal import colour_for, print_out, width_for

__all__ = ["due_command", "history"]

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("item", metavar="ITEM")
@_json
@kept_in
def history(item: str, stack: str, path: Path | None, *, as_json: bool) -> None:
    """Show who stated what of ITEM and when, oldest first, and what counts now."""
    found = find(load_checklist(), item)
    now = datetime.now(UTC)
    with opened(stack, path) as ledger:
        statements = ledger.read()
    trail = statements.of_item(found.id)
    standing = statements.standing(found, now) if found.valid_days else None
    if as_json:
        counts = None if standing is None else standing.holds
        shown = {
            "item": found.id,
            "holds": counts,
            "summary": standing.summary if standing else None,
            "statements": [{"kind": type(each).__name__, **to_data(each)} for each in trail],
        }
        print_out(f"{json.dumps(shown, indent=2)}\n")
        return
    paper = Paper(width_for(sys.stdout), colour=colour_for(sys.stdout))
    paper.line((found.id, "bold"), f"  {found.title}")
    if standing is not None:
        paper.line(printable(standing.summary), indent=2, hang=2)
    exceptions = statements.exceptions(found, now)
    not_in_force = {each.id: why.value for each, why in exceptions.others}
    for each in trail:
        paper.blank()
        paper.line(f"{each.at:%Y-%m-%d %H:%M} UTC  ", (printable(_title(each)), "bold"))
        for line in (*_details(each, not_in_force), f"by {_who(each)}", each.id):
            paper.line(printable(line), indent=2, hang=2)
    if not trail:
        paper.line("nothing was ever stated", indent=2)
    print_out(paper.text())


@click.command("due")
@click.option(
    "--within", default="30d", show_default=True, metavar="TIME", help="Look so many days ahead."
)
@baseline_option("Whose owners are named.")
@_json
@kept_in
def due_command(
    within: str, baseline: Path, stack: str, path: Path | None, *, as_json: bool
) -> None:
    """List what people must state anew, soonest first, and whose it is."""
    if not (days := re.fullmatch(r"(\d{1,4})d?", within)):
        message = f"--within: found {within!r}, expected days such as 30d"
        raise CouldNotRun(message)
    checklist = load_checklist()
    expected = load_baseline(baseline, items=checklist.items)
    with opened(stack, path) as ledger:
        statements = ledger.read()
    now = datetime.now(UTC)
    items = [item for item in checklist.items.values() if not expected.not_applicable(item.id)]
    found = due(items, statements, expected, now, timedelta(days=int(days[1])))
    if as_json:
        shown = [_due_data(each) for each in found]
        print_out(f"{json.dumps(shown, indent=2)}\n")
        return
    paper = Paper(width_for(sys.stdout), colour=colour_for(sys.stdout))
    for each in found:
        day = f"{each.at:%Y-%m-%d}" if each.at else "never    "
        style = "red" if each.overdue else ""
        paper.line((f"{day}  ", style), (each.item.id, "bold"), f"  {each.owner or 'no owner'}")
        paper.line(printable(each.words), indent=12, hang=2)
    if not found:
        paper.line(f"nothing comes due within {days[1]} days")
    print_out(paper.text())


def _due_data(each: Due) -> dict[str, Any]:
    return {
        "item": each.item.id,
        "kind": each.kind,
        "at": each.at.isoformat() if each.at else None,
        "overdue": each.overdue,
        "owner": each.owner,
        "words": each.words,
    }


def _title(statement: Statement) -> str:
    match statement:
        case Attestation():
            return f"attested until {statement.valid_until:%Y-%m-%d}"
        case ItemException():
            return f"accepted until {statement.until:%Y-%m-%d}"
        case Revocation():
            return "exception revoked" if statement.exception else "attestation revoked"


def _details(statement: Statement, not_in_force: dict[str, str]) -> Iterable[str]:
    match statement:
        case Attestation():
            yield f"evidence: {statement.evidence}"
            if statement.note:
                yield f"note: {statement.note}"
        case ItemException():
            yield f"{', '.join(sorted(statement.faults))} of {statement.resource}"
            yield f"reason: {statement.reason}"
            if why := not_in_force.get(statement.id):
                yield f"not in force: {why}"
        case Revocation():
            yield f"reason: {statement.reason}"
            if statement.exception:
                yield f"of {statement.exception}"


def _who(statement: Statement) -> str:
    author = statement.author
    return f"{author.name} ({author.arn or 'by a reviewed file'})"
