"""`compliance report`: what the monitor remembers, without evaluating anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.model import Gap, describe
from compliance_cli.failures import CouldNotRun
from compliance_cli.formats import Format, format_for
from compliance_cli.options import baseline_option, format_option, output_option, state_option
from compliance_cli.run import connect, deliver, exit_code, outputs, stated_in
from compliance_cli.stack import asking_aws
from compliance_cli.statements.kept import kept_in
from compliance_cli.terminal import check_writable

__all__ = ["report"]


@click.command()
@baseline_option("The values to mend by; the product's own production.yaml unless given.")
@format_option
@output_option
@state_option
@kept_in
@click.pass_context
def report(  # noqa: PLR0913, PLR0917 -- a parameter per option
    context: click.Context,
    baseline: Path,
    wanted: str | None,
    output: Path | None,
    state: str | None,
    stack: str,
    path: Path | None,
) -> None:
    """Report what the monitor saw last, from its state alone.

    Nothing of the account is evaluated: it takes seconds, and needs to read the monitor's tables
    only. The exit codes are those of `compliance run`.
    """
    from compliance.sinks.looking_back import remembered  # noqa: PLC0415 -- only where it is needed: it is slow to import
    from compliance.sinks.state import StateTable  # noqa: PLC0415 -- as above

    expected = load_baseline(baseline, items=load_checklist().items)
    if output:
        check_writable(output)
    connection = connect(0)
    try:
        named = outputs(connection, stack)
        table = state or _table_of(named, stack)
        with asking_aws():
            found = remembered(
                StateTable(connection.client("dynamodb"), table, connection.identity),
                stated_in(connection, named, path),
                connection.identity,
                expected,
                load_checklist(),
                datetime.now(UTC),
            )
    finally:
        connection.close()
    if found is None:
        message = f"{table} remembers no run of {connection.identity.account} yet"
        raise CouldNotRun(message)
    deliver(found, Format(wanted) if wanted else format_for(output), output)
    context.exit(exit_code(found))


def _table_of(named: Mapping[str, str] | Gap, stack: str) -> str:
    """The table in which the monitor remembers; raises CouldNotRun where nobody knows of one."""
    if isinstance(named, Gap):
        known = f"cannot see the stack {stack}: {describe([named])}"
    elif table := named.get("StateTableName"):
        return table
    elif named:
        known = f"the stack {stack} has no output StateTableName: is it the monitor's?"
    else:
        known = f"there is no stack {stack} that has outputs"
    message = f"{known}; --state names the table in which it remembers"
    raise CouldNotRun(message)
