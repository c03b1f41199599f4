"""`compliance import` and `export`: statements as a file that can be reviewed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from compliance.checklist import load_checklist
from compliance.model import plural
from compliance.statements.document import load_statements
from compliance_cli.statements.kept import kept_in
from compliance_cli.statements.ledger import opened, written_yaml
from compliance_cli.terminal import check_writable, print_out, write_file

__all__ = ["export", "import_"]


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Say how many are new, and stop.")
@kept_in
def import_(file: Path, stack: str, path: Path | None, *, dry_run: bool) -> None:
    """Keep the statements of a reviewed FILE; those that are kept already stay as they are.

    Your identity is recorded beside the name that each statement gives; a file records none, and
    keeps the one that was recorded.
    """
    statements = list(load_statements(file, load_checklist().items))
    with opened(stack, path) as ledger:
        known = {each.id for each in ledger.read()}
        new = [each for each in statements if each.id not in known]
        if new and not dry_run:
            arn = ledger.author(new[0].author.name).arn
            ledger.append(
                [replace(s, author=replace(s.author, arn=arn or s.author.arn)) for s in new]
            )
        told = "would be new" if dry_run else "are new"
        print_out(
            f"{plural(len(statements), 'statement')} in {file}: {len(new):,} {told} in "
            f"{ledger.where}\n"
        )


@click.command()
@click.argument(
    "file",
    required=False,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="[FILE]",
)
@kept_in
def export(file: Path | None, stack: str, path: Path | None) -> None:
    """Write all statements as YAML to FILE, or to stdout; importing them changes nothing."""
    if file:
        check_writable(file)
    with opened(stack, path) as ledger:
        text = written_yaml(ledger.read())
    if file:
        write_file(file, text)
    else:
        print_out(text)
