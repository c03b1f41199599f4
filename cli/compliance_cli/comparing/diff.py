"""`compliance diff A.json B.json`: what changed between two reports."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from compliance_cli.reports import load_report
from compliance_cli.terminal import colour_for, print_out, width_for

__all__ = ["diff"]

_report = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("before", type=_report, metavar="A.json")
@click.argument("after", type=_report, metavar="B.json")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
)
@click.pass_context
def diff(context: click.Context, before: Path, after: Path, form: str) -> None:
    """Show what changed from report A to report B: items, offenders, score and coverage.

    \b
    Exit code 0: nothing got worse
              1: something newly fails, is newly unknown, or is no longer evaluated; or more offends
              2: a report cannot be read; stderr says why
    """  # noqa: D301 -- \b is click's mark for lines that it must not join
    # Imported here: rich is for this command's text alone.
    from compliance_cli.comparing import rendering  # noqa: PLC0415 -- only where it is needed: it is slow to import
    from compliance_cli.comparing.changes import compare  # noqa: PLC0415 -- as above

    comparison = compare(load_report(before), load_report(after))
    match form:
        case "json":
            text = rendering.as_json(comparison)
        case "markdown":
            text = rendering.as_markdown(comparison)
        case _:
            colour = colour_for(sys.stdout)
            text = rendering.as_table(comparison, width=width_for(sys.stdout), colour=colour)
    print_out(text)
    context.exit(int(comparison.worse))
