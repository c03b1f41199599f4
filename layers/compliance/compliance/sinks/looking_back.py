"""What the state tells a report: since when, how the score came about, or all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.model import Gap, How, Identity, Item, ItemResult, Offender, Status
from compliance.report import History, Point, Report, report_by
from compliance.sinks.state import Head, Run, StateTable
from compliance.statements.records import ItemException
from compliance.statements.standing import Exceptions, Statements

__all__ = ["LOOKING_BACK", "history", "remembered"]

LOOKING_BACK = timedelta(days=30)
_STRETCHES = 60


def history(state: StateTable, now: datetime, heads: Mapping[str, Head] | None = None) -> History:
    """Since when each item has its status, and the figures of the last 30 days."""
    first = state.first_run(now - LOOKING_BACK)
    start = first.at if first else now - LOOKING_BACK
    step = (now - start) / _STRETCHES
    runs = state.runs_over([*(start + step * n for n in range(_STRETCHES)), now])
    known = state.heads() if heads is None else heads
    return History(
        since={
            name: (head.known.status, head.known.since)
            for name, head in known.items()
            if head.known.status and head.known.since
        },
        trend=tuple(map(_point, runs)),
    )


def remembered(
    state: StateTable,
    statements: Statements | Gap,
    identity: Identity,
    baseline: Baseline,
    checklist: Checklist,
    now: datetime,
) -> Report | None:
    """The report of what the state holds, as of its last run; None before the first."""
    latest = state.latest_run()
    if latest is None:
        return None
    heads = state.with_offences(state.heads().values())
    told = None if isinstance(statements, Gap) else statements
    results = {
        item.id: _result(item, heads.get(item.id), told, now) for item in checklist.items.values()
    }
    report = report_by(results, identity, baseline, checklist, latest.at)
    return replace(report, history=history(state, now, heads), remembered=True)


def _result(
    item: Item, head: Head | None, statements: Statements | None, now: datetime
) -> ItemResult:
    if head is None or head.row is None:
        unseen = "no run has seen it yet"
        return ItemResult(item, Status.UNKNOWN, unseen, reason=unseen)
    result = ItemResult(
        item,
        Status(head.now),
        head.row["summary"],
        # How many they were is remembered, and not which.
        evaluated=("",) * int(head.row["evaluated"]),
        offenders=tuple(each.offender for _, each in sorted(head.known.offences.items())),
        reason=head.row["reason"],
        exceptions_unread=statements is None,
    )
    if statements is None:
        return result
    exceptions = statements.exceptions(item, now)
    return replace(
        result,
        standing=statements.standing(item, now) if item.how is not How.CHECK else None,
        accepted=tuple(_accepted(head, exceptions)),
        exceptions=exceptions if exceptions.in_force or exceptions.others else None,
    )


def _accepted(head: Head, exceptions: Exceptions) -> Iterator[tuple[Offender, ItemException]]:
    """The offenders that an exception took out: the state has their names and faults alone."""
    for resource, fault in sorted(head.known.accepted):
        offender = Offender(resource, fault, observed="", expected="")
        if exception := exceptions.accepting(offender):
            yield offender, exception


def _point(run: Run) -> Point:
    figures = run.figures
    return Point(
        run.at,
        figures["score"],
        figures["coverage"],
        figures[Status.FAIL.value],
        figures[Status.UNKNOWN.value],
    )
