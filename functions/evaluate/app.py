"""Evaluates a family's items on a schedule, or whatever its event names, and remembers it."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from compliance import registry
from compliance.baseline import PRODUCTION, load_baseline
from compliance.checklist import load_checklist
from compliance.collectors.reader import Connection
from compliance.collectors.statements import read_statements
from compliance.engine import evaluate
from compliance.selection import due, request, select, whole_hour
from compliance.sinks.metrics import emit
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from compliance.statements.due import expiring

# The run must end, save and tell within the function's own time.
SECONDS_TO_SAVE = 60.0

logger = Logger(service="evaluate")
# A segment for each of a thousand reads would cost more than the read: a run counts them instead.
tracer = Tracer(service="evaluate", auto_patch=False)
# One line for each client that it builds tells nobody anything.
logging.getLogger("botocore").setLevel(logging.WARNING)

CHECKLIST = load_checklist()
BASELINE = load_baseline(
    Path(os.environ.get("COMPLIANCE_BASELINE") or PRODUCTION),
    items=CHECKLIST.items,
    environment=os.environ.get("ENVIRONMENT"),
)
REGISTRY = registry.load()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Evaluate, save, emit; returns the report's head and counts.

    Of families as a whole, hourly items are left out once a run of this hour has seen them.
    """
    asked = request(event, os.environ["FAMILY"].split(","))
    items = select(CHECKLIST, **asked)
    families = sorted({item.family for item in items}) if set(asked) == {"families"} else []
    connection = Connection(
        rate_share=float(os.environ.get("COMPLIANCE_RATE_SHARE") or 0.5) or None,
        state_table=os.environ["STATE_TABLE"],
    )
    dynamodb = boto3.client("dynamodb")
    now = datetime.now(UTC)
    table = StateTable(dynamodb, os.environ["STATE_TABLE"], connection.identity)
    if families:
        items = due(items, table.families_since(whole_hour(now)))
    statements = read_statements(dynamodb, os.environ["STATEMENTS_TABLE"])
    try:
        with tracer.provider.in_subsegment("## read and judge"):
            evaluation = evaluate(
                items,
                BASELINE,
                REGISTRY,
                connection,
                now=now,
                statements=statements,
                budget_seconds=context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_SAVE,
            )
    finally:
        connection.close()
    with tracer.provider.in_subsegment("## save"):
        recorded = record(
            table, evaluation, CHECKLIST, run=context.aws_request_id, families=families
        )
    emit(
        recorded,
        environment=str(BASELINE["environment"]),
        families=families,
        duration_seconds=evaluation.duration_seconds,
        calls=connection.calls,
        expiring=expiring(CHECKLIST.items.values(), statements, BASELINE, now),
    )
    score = recorded.overall.score
    head = {
        "run": context.aws_request_id,
        "account": evaluation.identity.account,
        "region": evaluation.identity.region,
        "environment": BASELINE["environment"],
        "evaluated_at": evaluation.at.isoformat(timespec="seconds"),
        "duration_seconds": round(evaluation.duration_seconds, 3),
        "api_calls": connection.calls.total,
        "evaluated": len(items),
        "drifted": recorded.drifted,
        "recovered": recorded.recovered,
        "score": score.value,
        "coverage": score.coverage,
        "counts": {status.value: count for status, count in score.counts.items()},
    }
    logger.info("evaluated", extra=head)
    return head
