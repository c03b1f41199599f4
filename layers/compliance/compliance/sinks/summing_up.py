"""The day's summary: made from the state, people's statements and the dead letters, once a day."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.digests import ANNOUNCED_BEFORE, Day, Unseen, daily, newly_due
from compliance.messages import Origin
from compliance.model import NO_CHECK_YET, Gap, Identity, Status
from compliance.sinks.recording import figures_of, overall
from compliance.sinks.state import DAILY, ChangeRow, Run, StateTable
from compliance.statements.due import due
from compliance.statements.standing import Statements

__all__ = ["counted", "day_of", "sum_up"]

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)

_log = logging.getLogger(__name__)


def counted(sqs: Any, queues: Mapping[str, str]) -> dict[str, int | None]:  # noqa: ANN401 -- an SQS client
    """About how many messages wait in each queue, by its name; None where it does not answer."""
    counts: dict[str, int | None] = {}
    for name, url in queues.items():
        try:
            answer = sqs.get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            counts[name] = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        except (BotoCoreError, ClientError) as error:
            _log.warning("the queue %s does not answer: %s", name, type(error).__name__)
            counts[name] = None
    return counts


def day_of(
    table: StateTable,
    checklist: Checklist,
    baseline: Baseline,
    statements: Statements | Gap,
    waiting: Mapping[str, int | None],
    now: datetime,
) -> Day:
    """How it stands at a moment, and what of it was not so a day and a week ago."""
    heads, runs = table.heads(), table.runs(now - _WEEK - _DAY)
    seen = [(item, heads[item.id]) for item in checklist.items.values() if item.id in heads]
    applying = [i for i in checklist.items.values() if not baseline.not_applicable(i.id)]
    soon = None
    if isinstance(statements, Statements):
        ending = due(applying, statements, baseline, now, max(ANNOUNCED_BEFORE))
        soon = newly_due(ending, table.last_daily(now) or now - _DAY, now)
    families = sorted({item.family for item in checklist.items.values()})
    return Day(
        figures=figures_of(overall(checklist, heads)),
        yesterday=_figures(runs, now - _DAY),
        last_week=_figures(runs, now - _WEEK),
        open=[
            (item, head.known.since)
            for item, head in seen
            if head.known.status is Status.FAIL and head.known.since
        ],
        unseen=[
            Unseen(item, str((head.row or {}).get("reason") or "not seen"))
            for item, head in seen
            if head.now == Status.UNKNOWN and (head.row or {}).get("reason") != NO_CHECK_YET
        ],
        ran={
            family: max((run.at for run in runs if family in run.families), default=None)
            for family in families
        },
        waiting=waiting,
        due=soon,
    )


def sum_up(
    table: StateTable, baseline: Baseline, identity: Identity, day: Day, now: datetime
) -> ChangeRow:
    """The day's summary in the outbox; made a second time on a day, it is what it was."""
    run = f"{DAILY}-{now:%Y-%m-%d}"
    origin = Origin(
        workload=str(baseline["workload"]),
        environment=str(baseline["environment"]),
        account=identity.account,
        region=identity.region,
        run=run,
    )
    return table.open_daily(now, daily(f"{run}/*#{DAILY}", origin, now, day).to_json())


def _figures(runs: Sequence[Run], at: datetime) -> Mapping[str, Any] | None:
    """The figures as the last run before then left them."""
    return next((run.figures for run in reversed(runs) if run.at <= at), None)
