"""`compliance run`: evaluate now, read-only."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.baseline import PRODUCTION, Baseline, load_baseline
from compliance.checklist import load_checklist
from compliance.engine import DEFAULT_BUDGET_SECONDS, evaluate
from compliance.model import Gap, Identity, Item, Status, plural
from compliance.report import History, Report, report_of
from compliance.statements.deciding import NO_STATEMENTS
from compliance.statements.document import load_statements
from compliance.statements.standing import Statements
from compliance_cli.failures import CouldNotRun
from compliance_cli.formats import Format, format_for, outline
from compliance_cli.options import (
    baseline_option,
    format_option,
    output_option,
    rate_share_option,
    state_option,
)
from compliance_cli.progress import announced, warn
from compliance_cli.selection import select
from compliance_cli.stack import asking_aws, outputs_of
from compliance_cli.statements.kept import kept_in
from compliance_cli.terminal import (
    LOG_WIDTH,
    check_writable,
    colour_for,
    log_to_stderr,
    print_out,
    width_for,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compliance.collectors.reader import Connection

__all__ = [
    "connect",
    "deliver",
    "evaluated",
    "exit_code",
    "looked_at",
    "outputs",
    "run",
    "stated_in",
]

_HOLDS = {Status.PASS, Status.NOT_APPLICABLE, Status.EXCEPTED}


@click.command()
@click.option("--family", "families", multiple=True, metavar="F", help="Only this family's items.")
@click.option(
    "--section", "sections", multiple=True, metavar="S", help="Only this section's items."
)
@click.option("--item", "items", multiple=True, metavar="ID", help="Only this item.")
@baseline_option("The values to expect; the product's own production.yaml unless given.")
@format_option
@output_option
@state_option
@click.option(
    "--time-budget",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_BUDGET_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Past it, what is not read yet is UNKNOWN and the run ends.",
)
@rate_share_option
@kept_in
@click.option(
    "-v", "--verbose", is_flag=True, help="Log to stderr, with tracebacks of what crashed."
)
@click.pass_context
def run(  # noqa: PLR0913, PLR0917 -- a parameter per option
    context: click.Context,
    families: tuple[str, ...],
    sections: tuple[str, ...],
    items: tuple[str, ...],
    baseline: Path,
    wanted: str | None,
    output: Path | None,
    state: str | None,
    time_budget: float,
    rate_share: float,
    stack: str,
    path: Path | None,
    *,
    verbose: bool,
) -> None:
    """Evaluate the checklist against the account now, read-only.

    The account is found as every AWS tool finds it: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.
    An option that is given several times means any of its values; different options narrow each
    other. What AWS forgets is looked up in the monitor's state; without one, an item that rests
    on it alone is UNKNOWN.

    \b
    Exit code 0: every item holds, is excepted or does not apply
              1: something fails, or could not be decided
              2: nothing could be evaluated; stderr says why
    """  # noqa: D301 -- \b is click's mark for lines that it must not join
    chosen = select(load_checklist(), families=families, sections=sections, items=items)
    expected = load_baseline(baseline, items=load_checklist().items)
    if output:
        check_writable(output)
    if verbose:
        log_to_stderr()
    connection = connect(rate_share)
    try:
        report = looked_at(connection, chosen, expected, stack, path, state, time_budget)
    finally:
        connection.close()
    deliver(report, Format(wanted) if wanted else format_for(output), output)
    context.exit(exit_code(report))


def connect(rate_share: float) -> Connection:
    """The connection that the environment describes; raises CouldNotRun where it describes none."""
    # Imported here: boto3 takes longer to import than `compliance items` takes to answer.
    from compliance.collectors.reader import CannotRun, Connection  # noqa: PLC0415 -- only where it is needed: it is slow to import

    try:
        with asking_aws():
            return Connection(rate_share=rate_share or None)
    except CannotRun as error:
        raise CouldNotRun(str(error)) from error


def exit_code(report: Report) -> int:
    """0 where all holds; 1 where something fails or is unknown."""
    return int(any(result.status not in _HOLDS for result in report.results.values()))


def looked_at(  # noqa: PLR0913, PLR0917 -- all that a report depends on
    connection: Connection,
    items: list[Item],
    baseline: Baseline,
    stack: str,
    path: Path | None,
    state: str | None = None,
    time_budget: float = DEFAULT_BUDGET_SECONDS,
) -> Report:
    """What is found now, with what people stated in the file or in the tables of the stack."""
    named = outputs(connection, stack)
    known = {} if isinstance(named, Gap) else named
    connection.state_table = state or known.get("StateTableName")
    stated = stated_in(connection, named, path)
    report = _evaluate(connection, items, baseline, stated, time_budget)
    return replace(report, history=_history(connection))


def evaluated(items: list[Item], statements: Statements, rate_share: float) -> Report:
    """What is found now by the product's own baseline, or by that of COMPLIANCE_BASELINE."""
    path = Path(os.environ.get("COMPLIANCE_BASELINE") or PRODUCTION)
    expected = load_baseline(path, items=load_checklist().items)
    connection = connect(rate_share)
    try:
        return _evaluate(connection, items, expected, statements, DEFAULT_BUDGET_SECONDS)
    finally:
        connection.close()


def _evaluate(
    connection: Connection,
    items: list[Item],
    baseline: Baseline,
    statements: Statements | Gap,
    time_budget: float,
) -> Report:
    from compliance.registry import load  # noqa: PLC0415 -- only a run needs the collectors

    identity = connection.identity
    _warn_of_elsewhere(identity, baseline)
    meant_for = f"{baseline['workload']}, {baseline['environment']}"
    with announced(len(items), identity, meant_for) as progress:
        evaluation = evaluate(
            items,
            baseline,
            load(),
            connection,
            now=datetime.now(UTC),
            statements=statements,
            budget_seconds=time_budget,
            progress=progress,
        )
    return report_of(evaluation, baseline, load_checklist(), connection.calls)


def outputs(connection: Connection, stack: str) -> Mapping[str, str] | Gap:
    """The outputs of the monitor's stack, which name its tables; none where there is no such stack.

    A gap where AWS does not show it: whether there is one, and what was stated, nobody knows then.
    """
    from compliance.collectors.reader import gap_of  # noqa: PLC0415 -- as boto3
    from compliance.collectors.stacks import DESCRIBE_STACKS, is_absent  # noqa: PLC0415 -- as boto3

    try:
        return outputs_of(connection.client("cloudformation"), stack)
    except Exception as error:
        gap = gap_of(DESCRIBE_STACKS, error)
        if gap is None:
            raise
        return {} if is_absent(gap) else gap


def stated_in(
    connection: Connection, named: Mapping[str, str] | Gap, path: Path | None
) -> Statements | Gap:
    """What people stated: in the file, in the stack's table, or nowhere that is known."""
    if path is not None:
        return load_statements(path, load_checklist().items)
    if isinstance(named, Gap):
        return named
    from compliance.collectors.statements import read_statements  # noqa: PLC0415 -- as boto3

    table = named.get("StatementsTableName")
    return read_statements(connection.client("dynamodb"), table) if table else NO_STATEMENTS


def _history(connection: Connection) -> History | None:
    """What the monitor's state tells of the time before; None where it cannot be read."""
    if connection.state_table is None:
        return None
    from compliance.sinks.looking_back import history  # noqa: PLC0415 -- as boto3
    from compliance.sinks.state import StateTable  # noqa: PLC0415 -- as boto3

    client = connection.client("dynamodb")
    try:
        with asking_aws():
            state = StateTable(client, connection.state_table, connection.identity)
            return history(state, datetime.now(UTC))
    except CouldNotRun:
        return None


def _warn_of_elsewhere(identity: Identity, baseline: Baseline) -> None:
    """Say that the values were not meant for the account: most of what fails then is no drift."""
    meant_account, meant_region = baseline["account.id"], baseline["account.region"]
    if identity.account != meant_account:
        warn(
            f"this is account {identity.account}; the baseline {baseline.source} is written for "
            f"{meant_account}"
        )
    if identity.region != meant_region:
        warn(
            f"this looks at {identity.region}; the baseline {baseline.source} is written for "
            f"{meant_region}"
        )


def deliver(report: Report, form: Format, output: Path | None) -> None:
    """Print the report, or write it to a file and say what it says."""
    if output is None:
        print_out(_rendered(report, form, width_for(sys.stdout), colour=colour_for(sys.stdout)))
        return
    write_file(output, _rendered(report, form, LOG_WIDTH, colour=False))
    outcome = outline.tally(report.score).replace(" · ", ", ")
    click.echo(
        f"{report.workload} {report.environment}: score {outline.percent(report.score.value)}; "
        f"{outcome} of {plural(len(report.results), 'item')}; the report is in {output}",
        err=True,
    )


def _rendered(report: Report, form: Format, width: int, *, colour: bool) -> str:
    """The report in a format; a format that is not asked for is not imported."""
    match form:
        case Format.TABLE:
            from compliance_cli.formats import table  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return table.render(report, width=width, colour=colour)
        case Format.JSON:
            from compliance_cli.formats import json_text  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return json_text.render(report)
        case Format.MARKDOWN:
            from compliance_cli.formats import markdown  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return markdown.render(report)
        case Format.HTML:
            from compliance_cli.formats import html_page  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return html_page.render(report)
        case Format.CSV:
            from compliance_cli.formats import csv_rows  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return csv_rows.render(report)
        case Format.JUNIT:
            from compliance_cli.formats import junit  # noqa: PLC0415 -- only where it is needed: it is slow to import

            return junit.render(report)
