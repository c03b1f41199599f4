"""`compliance explain ITEM`: all that is known of one item, without looking at any account."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from compliance.baseline import Baseline, load_baseline
from compliance.checklist import load_checklist
from compliance.model import How, Item
from compliance.registry import AMBIENT, Registry, closure
from compliance_cli.formats.paper import SEVERITY_STYLE, Paper
from compliance_cli.options import baseline_option
from compliance_cli.selection import find
from compliance_cli.terminal import colour_for, print_out, width_for

__all__ = ["explain"]

_DECIDED_BY = {
    How.CHECK: "by the account itself",
    How.ATTEST: "by a person's attestation",
    How.BOTH: "by the account and a person's attestation together",
}


@click.command()
@click.argument("item", metavar="ITEM")
@baseline_option("Where the settings take their values from.")
def explain(item: str, baseline: Path) -> None:
    """Say what ITEM demands and why, how it is told, what it reads and how to mend it."""
    checklist = load_checklist()
    found = find(checklist, item)
    values = load_baseline(baseline, items=checklist.items)
    # Imported here: the collectors import boto3, which the other commands need not wait for.
    from compliance.registry import load  # noqa: PLC0415 -- only where it is needed: it is slow to import

    paper = Paper(width_for(sys.stdout), colour=colour_for(sys.stdout))
    _write(paper, found, values, load())
    print_out(paper.text())


def _write(paper: Paper, item: Item, baseline: Baseline, registry: Registry) -> None:
    severity = item.severity.value
    paper.line((item.id, "bold"))
    paper.line(item.title)
    paper.blank()
    _field(paper, "Severity", f"{severity} (weighs {item.severity.weight})", severity)
    _field(paper, "Decided", _decided(item))
    _field(paper, "Family", item.family)
    if reason := baseline.not_applicable(item.id):
        _field(paper, "Here", f"does not apply: {reason}")
    paper.heading(("Why", "bold"))
    _prose(paper, item.why)
    check = registry.checks.get(item.check) if item.check else None
    if check:
        paper.heading(("What must hold", "bold"), (f"  {check.name}", "dim"))
        _prose(paper, check.doc)
        _reads(paper, check.facts, registry)
    elif item.how is not How.ATTEST:
        paper.heading(("What must hold", "bold"))
        paper.line("No check yet: the item is UNKNOWN until one is written.", indent=2)
    _settings(paper, item, baseline)
    _fixes(paper, item)
    for note in item.notes[:1]:
        paper.heading(("Notes", "bold"))
        for text in (note, *item.notes[1:]):
            _prose(paper, text)
    if item.maps_to:
        paper.heading(("The same elsewhere", "bold"))
        for peer, names in item.maps_to.items():
            paper.line(f"{peer.replace('_', ' ')}: {', '.join(names)}", indent=2, hang=2)
    if item.source:
        paper.heading(("AWS says", "bold"))
        paper.verbatim(item.source, indent=2)


def _decided(item: Item) -> str:
    words = _DECIDED_BY[item.how]
    if item.valid_days:
        words += f", valid for {item.valid_days} days"
    return words


def _field(paper: Paper, name: str, value: str, severity: str | None = None) -> None:
    style = SEVERITY_STYLE[severity] if severity else ""
    paper.line(f"{name:<10}", (value, style), hang=10)


def _reads(paper: Paper, facts: tuple[str, ...], registry: Registry) -> None:
    """Each fact with the calls that it takes; the action only where it is not the call's name."""
    paper.heading(("What it reads", "bold"))
    ambient = [fact for fact in facts if fact in AMBIENT]
    for collector in closure(facts, registry.collectors).values():
        built_on = [need for need in collector.needs if need not in AMBIENT]
        after = f"  from {', '.join(built_on)}" if built_on else ""
        paper.line((collector.fact, "bold"), (after, "dim"), indent=2, hang=2)
        for read in collector.reads:
            operation = f"{read.service}:{read.operation}"
            granted = "" if read.actions == (operation,) else f"  needs {', '.join(read.actions)}"
            paper.line(operation, granted, indent=4, hang=2)
    if ambient:
        paper.line(f"and of the run itself: {', '.join(ambient)}", indent=2)


def _settings(paper: Paper, item: Item, baseline: Baseline) -> None:
    if not item.settings:
        return
    paper.heading(("Settings", "bold"), (f"  {baseline.source}", "dim"))
    for name, value in item.settings.items():
        path = str(value["baseline"]) if isinstance(value, Mapping) else ""
        resolved = baseline[path] if path else value
        origin = f"  from {path}" if path else ""
        if isinstance(resolved, Mapping):
            paper.line(name, (origin, "dim"), indent=2, hang=2)
            for key, inner in resolved.items():
                paper.line(f"{key}: {_written(inner)}", indent=4, hang=2)
        else:
            paper.line(f"{name}: {_written(resolved)}", (origin, "dim"), indent=2, hang=2)


def _written(value: Any) -> str:  # noqa: ANN401 -- the baseline's schema says what it may be
    """A value as the baseline writes it, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_written(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(inner) for inner in value) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _fixes(paper: Paper, item: Item) -> None:
    if item.how is not How.CHECK:
        paper.heading(("How to state it", "bold"))
        paper.verbatim(f"compliance attest {item.id} --evidence https://...", "cyan", indent=2)
    if not item.fix:
        return
    paper.heading(("How to mend it", "bold"))
    for fault, template in item.fix.items():
        alone = len(item.fix) == 1 and fault == "otherwise"
        if not alone:
            paper.line((fault, "dim"), indent=2)
        for line in template.splitlines():
            paper.verbatim(line, "cyan", indent=2 if alone else 4)


def _prose(paper: Paper, text: str) -> None:
    """Paragraphs joined and wrapped to the page; lists and indented lines keep their breaks."""
    for at, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if at:
            paper.blank()
        lines = paragraph.splitlines()
        if any(line.startswith((" ", "-", "*")) for line in lines):
            wrapped = [piece for line in lines for piece in _wrapped(paper, line)]
        else:
            wrapped = _wrapped(paper, " ".join(lines))
        for line in wrapped:
            paper.verbatim(line, indent=2)


def _wrapped(paper: Paper, line: str) -> list[str]:
    """The line in lines that fit; an address stays whole, so that it can be followed."""
    return textwrap.wrap(
        line,
        paper.width - 2,
        subsequent_indent=" " * (len(line) - len(line.lstrip(" -*"))),
        break_long_words=False,
        break_on_hyphens=False,
    )
