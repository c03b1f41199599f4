"""The custom widget on the CloudWatch dashboard; it reads the monitor's tables and nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from compliance.baseline import PRODUCTION, load_baseline
from compliance.checklist import load_checklist
from compliance.collectors.statements import read_statements
from compliance.drift import Open
from compliance.engine import remedy
from compliance.model import Gap, How, Identity, Item, Status
from compliance.sinks.recording import overall
from compliance.sinks.state import Head, StateTable
from compliance.statements.due import SOON, Due, due
from compliance.statements.standing import Statements
from compliance.widget import (
    DESCRIPTION,
    Detail,
    Event,
    Moment,
    Overview,
    Remembered,
    asked_of,
    moments_of,
    render_due,
    render_item,
    render_overview,
)

logger = Logger(service="dashboard")
tracer = Tracer(service="dashboard", patch_modules=("botocore",))
# One line for each client that it builds tells nobody anything.
logging.getLogger("botocore").setLevel(logging.WARNING)

CHECKLIST = load_checklist()
BASELINE = load_baseline(
    Path(os.environ.get("COMPLIANCE_BASELINE") or PRODUCTION), items=CHECKLIST.items
)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str] | str:
    """The widget's HTML, or its description where CloudWatch asks for that."""
    if event.get("describe"):
        return {"markdown": DESCRIPTION}
    asked, now = asked_of(event, CHECKLIST), datetime.now(UTC)
    here = Identity(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"])
    dynamodb = boto3.client("dynamodb")
    state = StateTable(dynamodb, os.environ["STATE_TABLE"], here)
    statements = read_statements(dynamodb, os.environ["STATEMENTS_TABLE"])
    if asked.view == "due":
        return render_due(_due(statements, now), asked)
    item = CHECKLIST.items.get(asked.item or "")
    if item:
        return render_item(_detail(item, state, statements, here, now), asked)
    heads = state.heads()
    runs, latest = state.runs_over(moments_of(asked, now)), state.latest_run()
    shown = Overview(
        checklist=CHECKLIST,
        known={name: _remembered(head) for name, head in heads.items()},
        score=overall(CHECKLIST, heads).score,
        trend=[Moment(run.at, run.figures["score"]) for run in runs],
        due=_due(statements, now),
        seen_at=latest.at if latest else None,
    )
    return render_overview(shown, asked, context.invoked_function_arn)


def _due(statements: Statements | Gap, now: datetime) -> Sequence[Due] | Gap:
    if isinstance(statements, Gap):
        return statements
    applying = [item for item in CHECKLIST.items.values() if not BASELINE.not_applicable(item.id)]
    return due(applying, statements, BASELINE, now, SOON)


def _detail(
    item: Item, state: StateTable, statements: Statements | Gap, here: Identity, now: datetime
) -> Detail:
    head = state.head(item.id)
    offences = sorted(head.known.offences.values(), key=lambda each: each.offender.key)
    told = None if isinstance(statements, Gap) else statements
    return Detail(
        item=item,
        known=_remembered(head) if head.version else None,
        offences=offences,
        history=[Event(past.kind, past.at, past.offences) for past in head.past],
        commands=_commands(item, offences, here),
        standing=told.standing(item, now) if told and item.how is not How.CHECK else None,
        exceptions=told.exceptions(item, now) if told else None,
    )


def _commands(item: Item, offences: Sequence[Open], here: Identity) -> list[str]:
    """What mends the first offender of each fault."""
    first = {each.offender.fault: each.offender for each in reversed(offences)}
    commands = (remedy(item, first[fault], here, BASELINE) for fault in sorted(first))
    return list(dict.fromkeys(command for command in commands if command))


def _remembered(head: Head) -> Remembered:
    row = head.row or {}
    return Remembered(Status(head.now), row["summary"], row["reason"], head.known.since)
