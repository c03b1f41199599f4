"""`compliance items`: what is demanded, without looking at any account."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby

import click

from compliance.checklist import load_checklist
from compliance.model import How, Item, Severity, plural
from compliance_cli.selection import select
from compliance_cli.terminal import colour_for, print_out, width_for

__all__ = ["items"]

_MARGIN = 12
_NO_CHECK = "  (no check yet)"


@click.command()
@click.option("--family", "families", multiple=True, metavar="F", help="Only this family's items.")
@click.option(
    "--section", "sections", multiple=True, metavar="S", help="Only this section's items."
)
@click.option(
    "--severity",
    "severities",
    multiple=True,
    type=click.Choice([severity.value for severity in Severity]),
    help="Only items of this severity.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def items(
    families: tuple[str, ...], sections: tuple[str, ...], severities: tuple[str, ...], form: str
) -> None:
    """List the checklist: how severe each item is, what decides it, and what must hold."""
    checklist = load_checklist()
    chosen = [
        item
        for item in select(checklist, families=families, sections=sections)
        if not severities or item.severity.value in severities
    ]
    if form == "json":
        print_out(json.dumps([_as_data(item) for item in chosen], indent=2) + "\n")
    else:
        width, colour = width_for(sys.stdout), colour_for(sys.stdout)
        print_out(_as_table(chosen, checklist.sections, width, colour=colour))


def _as_data(item: Item) -> dict[str, str | None]:
    return {
        "id": item.id,
        "section": item.section,
        "family": item.family,
        "title": item.title,
        "severity": item.severity.value,
        "how": item.how.value,
        "check": item.check,
    }


def _as_table(
    chosen: Sequence[Item], sections: Mapping[str, str], width: int, *, colour: bool
) -> str:
    # Imported here: rich is a third of the time that the JSON takes.
    from compliance_cli.formats.paper import SEVERITY_STYLE, Paper  # noqa: PLC0415 -- only where it is needed: it is slow to import

    paper = Paper(width, colour=colour)
    for section, members in groupby(chosen, key=lambda item: item.section):
        paper.line((sections[section], "bold"), (f"  {section}", "dim"))
        for item in members:
            severity = item.severity.value
            missing = _NO_CHECK if item.how is not How.ATTEST and item.check is None else ""
            paper.line(
                "  ",
                (f"{severity:<8}", SEVERITY_STYLE[severity]),
                f"  {item.how.value:<6}  ",
                (item.id, "bold"),
                (missing, "dim"),
            )
            paper.line(item.title, indent=_MARGIN)
        paper.blank()
    undecided = sum(item.check is None and item.how is not How.ATTEST for item in chosen)
    rest = f"; {undecided} of them wait for their check" if undecided else ""
    paper.line(f"{plural(len(chosen), 'item')}{rest}")
    return paper.text()
