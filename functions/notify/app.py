"""Woken by a finished run in the state's stream, by the sweep, or once a day for the day's digest.

It tells every channel's queue.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from compliance.baseline import PRODUCTION, load_baseline
from compliance.checklist import load_checklist
from compliance.collectors.changed_by import ChangedBy
from compliance.collectors.statements import read_statements
from compliance.model import Identity
from compliance.sinks.state import StateTable
from compliance.sinks.summing_up import counted, day_of, sum_up
from compliance.sinks.telling import Teller

logger = Logger(service="notify")
tracer = Tracer(service="notify", patch_modules=("botocore",))
# One line for each client that it builds tells nobody anything.
logging.getLogger("botocore").setLevel(logging.WARNING)
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

CHECKLIST = load_checklist()
BASELINE = load_baseline(
    Path(os.environ.get("COMPLIANCE_BASELINE") or PRODUCTION), items=CHECKLIST.items
)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A stream's batch, whose failed records are tried again.

    Or the sweep, each minute: `{"sweep": true}`. Or the day's digest: `{"digest": true}`.
    """
    if who := _who():
        who.begin()
    now = datetime.now(UTC)
    if event.get("sweep"):
        return {"sent": _here().sweep(now)}
    if event.get("digest"):
        return {"sent": _digest(now)}
    answer: dict[str, Any] = process_partial_response(
        event=event, record_handler=_tell, processor=processor, context=context
    )
    return answer


@tracer.capture_method(capture_response=False)
def _tell(record: DynamoDBRecord) -> None:
    image = record.dynamodb.new_image if record.dynamodb else {}
    if image.get("entity") != "run":
        return
    account, region = image["account_region"].split("#")
    sent = _teller(account, region).tell_run(image["run"], datetime.now(UTC))
    logger.info("told", extra={"run": image["run"], "sent": sent})


def _digest(now: datetime) -> int:
    table = _table(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"])
    statements = read_statements(boto3.client("dynamodb"), os.environ["STATEMENTS_TABLE"])
    waiting = counted(boto3.client("sqs"), json.loads(os.environ["DEAD_LETTER_QUEUES"]))
    day = day_of(table, CHECKLIST, BASELINE, statements, waiting, now)
    row = sum_up(
        table, BASELINE, _identity(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"]), day, now
    )
    sent = _here().tell(row, now)
    logger.info("summed up the day", extra={"sent": sent})
    return sent


def _here() -> Teller:
    return _teller(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"])


@cache
def _teller(account: str, region: str) -> Teller:
    return Teller(
        _table(account, region),
        boto3.client("sqs"),
        json.loads(os.environ["CHANNEL_QUEUES"]),
        CHECKLIST,
        BASELINE,
        _identity(account, region),
        _who(),
    )


@cache
def _table(account: str, region: str) -> StateTable:
    table = os.environ["STATE_TABLE"]
    return StateTable(boto3.client("dynamodb"), table, _identity(account, region))


@cache
def _identity(account: str, region: str) -> Identity:
    return Identity(account, region, boto3.Session().get_partition_for_region(region))


@cache
def _who() -> ChangedBy | None:
    if not BASELINE["alerts.who_changed"]:
        return None
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return ChangedBy(boto3.client("cloudtrail", config=config))
