"""Woken by a finished run in the state's stream, or by the sweep: tells every channel's queue."""

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

from compliance.baseline import PRODUCTION, load_baseline
from compliance.checklist import load_checklist
from compliance.model import Identity
from compliance.sinks.state import StateTable
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
    """A stream's batch, whose failed records are tried again; or the sweep: `{"sweep": true}`."""
    if event.get("sweep"):
        teller = _teller(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"])
        return {"sent": teller.sweep(datetime.now(UTC))}
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


@cache
def _teller(account: str, region: str) -> Teller:
    identity = Identity(account, region, boto3.Session().get_partition_for_region(region))
    return Teller(
        StateTable(boto3.client("dynamodb"), os.environ["STATE_TABLE"], identity),
        boto3.client("sqs"),
        json.loads(os.environ["CHANNEL_QUEUES"]),
        CHECKLIST,
        BASELINE,
        identity,
    )
