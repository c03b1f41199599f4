"""What invokes functions, and what becomes of the events that they fail on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EventSource = Literal["queue", "stream", "kafka", "other"]


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """A queue or stream that Lambda polls for a function.

    `source` other: a message broker or a document database, of which Lambda takes neither a target
    for failures nor a limit of retries. None: no limit was told. -1: retried until the record
    expires.
    Source: https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
    """

    arn: str
    id: str
    function_arn: str
    source: EventSource
    source_arn: str | None
    enabled: bool = True
    on_failure_arn: str | None = None
    retries: int | None = None
    age_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class EventInvokeConfig:
    """How a function, a version or an alias of it treats events that it fails on.

    `qualifier` is `$LATEST` for what is invoked by the function's name alone. None: AWS's default.
    Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html
    """

    function_arn: str
    qualifier: str
    retries: int | None = None
    age_seconds: int | None = None
    on_failure_arn: str | None = None


@dataclass(frozen=True, slots=True)
class AsynchronousFunction:
    """A function that gets events whose senders do not wait, and how that is known."""

    function_arn: str
    because: str


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue that exists; `dead_letter_arn` takes what was received `most_receives` times.

    Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    """

    arn: str
    dead_letter_arn: str | None = None
    most_receives: int | None = None


@dataclass(frozen=True, slots=True)
class EventBus:
    """An EventBridge event bus of this account and region."""

    arn: str
