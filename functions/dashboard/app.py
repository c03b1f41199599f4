"""The custom widget on the CloudWatch dashboard; it reads the state table and nothing else."""

from __future__ import annotations

import logging
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from compliance.checklist import load_checklist
from compliance.model import Identity, Status
from compliance.sinks.recording import overall
from compliance.sinks.state import Head, StateTable
from compliance.widget import DESCRIPTION, Remembered, render

logger = Logger(service="dashboard")
tracer = Tracer(service="dashboard", patch_modules=("botocore",))
# One line for each client that it builds tells nobody anything.
logging.getLogger("botocore").setLevel(logging.WARNING)

CHECKLIST = load_checklist()


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str] | str:
    """The widget's HTML, or its description where CloudWatch asks for that."""
    if event.get("describe"):
        return {"markdown": DESCRIPTION}
    del context
    here = Identity(os.environ["ACCOUNT_ID"], os.environ["AWS_REGION"])
    table = StateTable(boto3.client("dynamodb"), os.environ["STATE_TABLE"], here)
    heads = table.heads()
    known = {name: _remembered(head) for name, head in heads.items()}
    return render(CHECKLIST, known, overall(CHECKLIST, heads).score)


def _remembered(head: Head) -> Remembered:
    row = head.row or {}
    return Remembered(Status(head.now), row["summary"], row["reason"], row["since"])
