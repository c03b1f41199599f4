"""Sends what is in one channel's queue: mail, machines, Slack or the event bus, by CHANNEL."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from compliance.channels import attributes, events, machines, mail, slack
from compliance.messages import Message
from compliance.routes import route_of
from compliance.sinks.delivery import Delivery, Record
from compliance.sinks.events import Bus
from compliance.sinks.once import Once
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue
from compliance.sinks.sns import Topic

# The longest that one send may take, with the retries of its client.
SECONDS_TO_SEND = 25.0

logger = Logger(service="deliver")
# Only botocore: a traced http.client would write the webhook's address, a secret, into every trace.
tracer = Tracer(service="deliver", patch_modules=("botocore",))
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

Send = Callable[[Message], None]


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """A batch of the channel's queue; the answer names the records that stay in it."""
    once, delivery = _wired()
    once.during(context)
    delivery.begin()

    def take(record: SQSRecord) -> None:
        delivery.take(
            Record(
                body=record.body,
                receipt=record.receipt_handle,
                queue_arn=record.event_source_arn,
                receives=int(record.attributes.approximate_receive_count),
                id=record.message_id,
            ),
            lambda: context.get_remaining_time_in_millis() / 1000,
            SECONDS_TO_SEND,
        )

    return process_partial_response(
        event=event, record_handler=take, processor=processor, context=context
    )


@cache
def _wired() -> tuple[Once, Delivery]:
    dynamodb = _client("dynamodb")
    once = Once(dynamodb, os.environ["IDEMPOTENCY_TABLE"])
    channel = os.environ["CHANNEL"]
    outbox = Outbox(dynamodb, os.environ["STATE_TABLE"])
    queue = SourceQueue(_client("sqs"))
    routed = cache(lambda receiver: _sender(channel, route_of(receiver)))
    return once, Delivery(channel, _sender(channel), once, outbox, queue, logger, routed)


def _sender(channel: str, route: str | None = None) -> Send:
    """What sends to a channel's own receiver, or to a route's: its topic and its secret are below.

    A topic's name goes on after a dash (`STACK-alerts-NAME`), a secret's after a slash
    (`omnitrack/slack/NAME`), which is as far as the function's role reaches.
    """
    match channel:
        case "mail":
            arn = os.environ["TOPIC_ARN"] + (f"-{route}" if route else "")
            topic = Topic(_client("sns"), arn)
            return lambda message: topic.publish(
                mail.body(message), attributes.attributes(message), mail.subject(message)
            )
        case "machines":
            topic = Topic(_client("sns"), os.environ["TOPIC_ARN"])
            return lambda message: topic.publish(
                machines.encoded(message), attributes.attributes(message)
            )
        case "slack":
            # Imported here: slack_sdk takes a tenth of a second that the other channels need not.
            from compliance.sinks.slack import Webhook  # noqa: PLC0415 -- only where it is needed: it is slow to import

            secret = os.environ["SLACK_SECRET"] + (f"/{route}" if route else "")
            webhook = Webhook(_client("secretsmanager"), secret)
            return lambda message: webhook.post(slack.payload(message))
        case "events":
            bus = Bus(_client("events"))
            name = os.environ["EVENT_BUS"]
            return lambda message: bus.put(events.entry(message, name))
        case _:
            message = f"CHANNEL is {channel!r}; it is one of mail, machines, slack and events"
            raise ValueError(message)


def _client(service: str) -> Any:  # noqa: ANN401 -- any service
    config = Config(
        connect_timeout=3,
        read_timeout=8,
        retries={"mode": "standard", "total_max_attempts": 2},
        user_agent_extra="omnitrack-compliance",
    )
    make: Any = boto3.client
    return make(service, config=config)
