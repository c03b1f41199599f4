"""`compliance attest`, `except` and `revoke`: how a person's word comes to be kept."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.checklist import load_checklist
from compliance.model import How, Item, plural
from compliance.printable import printable
from compliance.statements.document import identified, kind_of, misshapen, mistakes_in, to_data
from compliance.statements.records import (
    LONGEST_EXCEPTION,
    Attestation,
    Evidence,
    ItemException,
    Quantity,
    Revocation,
    Statement,
)
from compliance.statements.standing import covers
from compliance_cli.failures import CouldNotRun
from compliance_cli.options import rate_share_option
from compliance_cli.selection import find
from compliance_cli.statements.evidence import TestsFailed, evidence_from_file, evidence_from_junit
from compliance_cli.statements.kept import kept_in
from compliance_cli.statements.ledger import Ledger, opened
from compliance_cli.terminal import print_out

if TYPE_CHECKING:
    from compliance.model import Offender

__all__ = ["attest", "except_", "revoke"]

REFUSED = 1
"""The exit code of an attestation that its own evidence speaks against."""

_DAYS = re.compile(r"(\d{1,4})d")
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)\s*(\S.{0,29})")

_by = click.option(
    "--by", metavar="NAME", help="Your name as people know it; else that of your AWS identity."
)
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be stated, and stop.")
_json = click.option("--json", "as_json", is_flag=True, help="Print what was stated as JSON.")
_yes = click.option("--yes", is_flag=True, help="Do not ask before it is stated.")


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--evidence", metavar="URL", help="A link to what shows it, https://...")
@click.option(
    "--evidence-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file that shows it; its name and digest are kept, not the file.",
)
@click.option("--value", metavar="VALUE", help='A number with its unit, such as "4 hours".')
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A JUnit report; one that fails or is empty revokes instead.",
)
@click.option(
    "--exit-code",
    type=int,
    metavar="N",
    help="How the tool that made the evidence ended; any but 0 revokes instead.",
)
@click.option(
    "--valid", metavar="TIME", help="For how long: 90d, or until a date. Else as long as allowed."
)
@click.option("--note", default="", metavar="TEXT", help="What else should be known.")
@_by
@_dry_run
@_json
@_yes
@kept_in
@click.pass_context
def attest(  # noqa: PLR0913, PLR0917 -- a parameter per option
    context: click.Context,
    item: str,
    evidence: str | None,
    evidence_file: Path | None,
    value: str | None,
    junit: Path | None,
    exit_code: int | None,
    valid: str | None,
    note: str,
    by: str | None,
    stack: str,
    path: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """State that ITEM holds, with evidence, until a date.

    \b
    Exit code 0: it is stated
              1: the evidence speaks against it, and what was stated before is revoked
              2: nothing was stated; stderr says why
    """  # noqa: D301 -- \b is click's mark for lines that it must not join
    found = _attestable(item)
    with opened(stack, path) as ledger:
        at = datetime.now(UTC)
        try:
            _passed(exit_code)
            shown = _evidence(evidence, evidence_file, value, junit)
        except TestsFailed as failure:
            statement: Statement = Revocation("", found.id, ledger.author(by), at, str(failure))
            _state(ledger, [statement], dry_run=dry_run, as_json=as_json, yes=True)
            click.echo(f"not attested: {printable(str(failure))}", err=True)
            context.exit(REFUSED)
        until = _until(valid, at, timedelta(days=found.valid_days or 0))
        statement = Attestation("", found.id, ledger.author(by), at, until, shown, note)
        _state(ledger, [statement], dry_run=dry_run, as_json=as_json, yes=yes)


@click.command("except")
@click.argument("item", metavar="ITEM")
@click.option(
    "--resource",
    metavar="RESOURCE",
    help="As the report names it, or a pattern with * and ?. Else all that offends now.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="As the report names it. Else those that the resource has now.",
)
@click.option("--reason", metavar="TEXT", help="Why it is acceptable until then.")
@click.option("--until", metavar="TIME", help="7d, or a date. Else as long as allowed.")
@_by
@_dry_run
@_json
@_yes
@rate_share_option
@kept_in
def except_(  # noqa: PLR0913, PLR0917 -- a parameter per option
    item: str,
    resource: str | None,
    faults: tuple[str, ...],
    reason: str | None,
    until: str | None,
    by: str | None,
    rate_share: float,
    stack: str,
    path: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Accept what offends ITEM until a date, in your name.

    The account is evaluated first: what is accepted must be there, and what appears later is not
    accepted. The longest time depends on the severity: critical 7 days, high 30, medium 90, low
    180.
    """
    found = find(load_checklist(), item)
    with opened(stack, path) as ledger:
        given = reason or _asked("Reason")
        if not given:
            message = "an exception needs a reason: --reason TEXT"
            raise CouldNotRun(message)
        accepted = _accepted(_offenders(found, ledger, rate_share), resource, faults, found)
        at = datetime.now(UTC)
        end = _until(until, at, LONGEST_EXCEPTION[found.severity])
        author = ledger.author(by)
        statements = [
            ItemException("", found.id, author, at, end, pattern, codes, given)
            for pattern, codes in accepted
        ]
        _state(ledger, statements, dry_run=dry_run, as_json=as_json, yes=yes)


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--exception", metavar="ID", help="The exception; else the attestation is meant.")
@click.option("--reason", metavar="TEXT", help="Why it counts no more.")
@_by
@_dry_run
@_json
@_yes
@kept_in
def revoke(  # noqa: PLR0913 -- a parameter per option
    item: str,
    exception: str | None,
    reason: str | None,
    by: str | None,
    stack: str,
    path: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """Take back ITEM's attestation, or one exception; both stay in its history."""
    found = find(load_checklist(), item)
    with opened(stack, path) as ledger:
        given = reason or _asked("Reason")
        if not given:
            message = "a revocation needs a reason: --reason TEXT"
            raise CouldNotRun(message)
        trail = ledger.read().of_item(found.id)
        kind = ItemException if exception else Attestation
        stated = [each for each in trail if isinstance(each, kind)]
        if exception and exception not in {each.id for each in stated}:
            known = ", ".join(each.id for each in stated) or "it has none"
            message = f"{found.id} has no exception {exception}; {known}"
            raise CouldNotRun(message)
        if not stated:
            message = f"nobody has attested {found.id}: there is nothing to revoke"
            raise CouldNotRun(message)
        at = datetime.now(UTC)
        statement = Revocation("", found.id, ledger.author(by), at, given, exception)
        _state(ledger, [statement], dry_run=dry_run, as_json=as_json, yes=yes)


def _attestable(name: str) -> Item:
    found = find(load_checklist(), name)
    if found.how is How.CHECK:
        message = f"the account itself decides {found.id}; nobody can attest it"
        raise CouldNotRun(message)
    return found


def _state(
    ledger: Ledger, statements: Sequence[Statement], *, dry_run: bool, as_json: bool, yes: bool
) -> None:
    """Keep what is stated, after a look at it where a person sits at the terminal."""
    named = [replace(each, id=identified(each)) for each in statements]
    items = load_checklist().items
    mistakes = [
        mistake for each in named for mistake in list(mistakes_in(each, items)) or misshapen(each)
    ]
    if mistakes:
        raise CouldNotRun("\n".join(dict.fromkeys(mistakes)))
    if not as_json:
        print_out("".join(f"{line}\n" for each in named for line in _in_words(each)))
    if not dry_run:
        if _by_hand() and not yes and not as_json:
            click.confirm(f"Keep this in {ledger.where}?", abort=True, err=True)
        ledger.append(named)
    if as_json:
        print_out(f"{json.dumps([to_data(each) for each in named], indent=2)}\n")
    else:
        print_out("nothing was kept: this was a dry run\n" if dry_run else f"in {ledger.where}\n")


def _in_words(statement: Statement) -> list[str]:
    who = statement.author.name
    match statement:
        case Attestation():
            lines = [
                f"{statement.item}: {who} attests it until {statement.valid_until:%Y-%m-%d}",
                f"  evidence: {statement.evidence}",
                *([f"  note: {statement.note}"] if statement.note else []),
            ]
        case ItemException():
            lines = [
                f"{statement.item}: {who} accepts faults until {statement.until:%Y-%m-%d}",
                f"  {', '.join(sorted(statement.faults))} of {statement.resource}",
                f"  reason: {statement.reason}",
            ]
        case Revocation():
            what = f"exception {statement.exception}" if statement.exception else "attestation"
            lines = [
                f"{statement.item}: {who} revokes its {what}",
                f"  reason: {statement.reason}",
            ]
    return [printable(line) for line in [*lines, f"  {kind_of(statement)[:-1]} {statement.id}"]]


def _evidence(
    link: str | None, file: Path | None, value: str | None, junit: Path | None
) -> Evidence:
    """What was given as evidence, together; raises TestsFailed where a report speaks against it."""
    if not any((link, file, value, junit)):
        link = _asked("Evidence (https://...)")
    if junit is not None:
        shown = evidence_from_junit(junit)
    elif file is not None:
        shown = evidence_from_file(file)
    else:
        shown = Evidence()
    if link is not None and not re.fullmatch(r"https://\S+", link):
        message = (
            f"--evidence: found {link!r}, expected a link that begins with https://; a file goes "
            "into --evidence-file, a number into --value"
        )
        raise CouldNotRun(message)
    return replace(shown, link=link, value=_quantity(value) if value else None)


def _quantity(text: str) -> Quantity:
    if found := _QUANTITY.fullmatch(text.strip()):
        return Quantity(float(found[1]), found[2])
    message = f'--value: found {text!r}, expected a number with its unit, such as "4 hours"'
    raise CouldNotRun(message)


def _passed(exit_code: int | None) -> None:
    if exit_code:
        message = f"the tool that made the evidence ended with {exit_code}"
        raise TestsFailed(message)


def _until(text: str | None, at: datetime, longest: timedelta) -> datetime:
    """The end that is asked for: so many days from now, a date, or as late as allowed."""
    if text is None:
        return at + longest
    if found := _DAYS.fullmatch(text):
        return at + timedelta(days=int(found[1]))
    try:
        end = datetime.fromisoformat(text)
        return end.astimezone(UTC) if end.tzinfo else end.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = f"found {text!r}, expected days such as 90d, or a date such as {at:%Y-%m-%d}"
        raise CouldNotRun(message) from None


def _offenders(item: Item, ledger: Ledger, rate_share: float) -> Sequence[Offender]:
    """What offends the item now, accepted or not; raises CouldNotRun where that cannot be seen."""
    from compliance_cli.run import evaluated  # noqa: PLC0415 -- as boto3: only where it is needed

    result = evaluated([item], ledger.read(), rate_share).results[item.id]
    offenders = [*result.offenders, *(offender for offender, _ in result.accepted)]
    if not offenders:
        message = f"nothing offends {item.id} that could be accepted: {result.summary}"
        raise CouldNotRun(message)
    return offenders


def _accepted(
    offenders: Sequence[Offender], pattern: str | None, faults: Sequence[str], item: Item
) -> list[tuple[str, frozenset[str]]]:
    """What is accepted: the pattern, or each resource by its name, each with its faults."""
    meant = [
        each
        for each in offenders
        if (pattern is None or covers(pattern, each.resource))
        and (not faults or each.fault in faults)
    ]
    unknown = set(faults) - {each.fault for each in meant}
    if not meant or unknown:
        there = "\n".join(f"  {each.resource}  {each.fault}" for each in offenders[:20])
        message = f"nothing offends {item.id} that way; there is\n{there}"
        raise CouldNotRun(message)
    if pattern is not None:
        return [(pattern, frozenset(each.fault for each in meant))]
    by_resource: dict[str, set[str]] = {}
    for each in meant:
        by_resource.setdefault(each.resource, set()).add(each.fault)
    click.echo(f"accepts all of {plural(len(by_resource), 'resource')}", err=True)
    return [(resource, frozenset(codes)) for resource, codes in by_resource.items()]


def _asked(what: str) -> str | None:
    """What a person answers at the terminal; nothing where none sits there."""
    return str(click.prompt(what, err=True)) if _by_hand() else None


def _by_hand() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
