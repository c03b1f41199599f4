"""The queue that a record came from: when it is to be tried again."""

from __future__ import annotations

import logging
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

__all__ = ["LONGEST_SECONDS", "SourceQueue", "pause"]

LONGEST_SECONDS = 900
_FIRST_SECONDS = 15

_log = logging.getLogger(__name__)


def pause(receives: int, asked_seconds: int | None) -> int:
    """How long a record rests after a failure: as asked for, else longer each time.

    15 s, then double, at most a quarter of an hour: ten receives span an hour, so that
    an outage of the channel does not use up what the queue allows before the dead-letter queue.

    >>> [pause(receives, None) for receives in (1, 2, 6, 7, 400)]
    [15, 30, 480, 900, 900]
    """
    doublings = min(max(receives, 1) - 1, 10)
    wanted = _FIRST_SECONDS * 2**doublings if asked_seconds is None else max(asked_seconds, 1)
    return min(wanted, LONGEST_SECONDS)


class SourceQueue:
    """Queues by the ARN that their records carry."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 -- an SQS client
        self._client = client
        self._urls: dict[str, str] = {}

    def rest(self, arn: str, receipt: str, seconds: int) -> None:
        """Keep a record invisible for so long.

        Best effort: where it fails the queue's own visibility timeout holds, and nothing is lost.
        """
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url(arn), ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError, ValueError) as error:
            _log.warning("a record's rest could not be set: %s", type(error).__name__)

    def _url(self, arn: str) -> str:
        if arn not in self._urls:
            *_, account, name = arn.split(":")
            answer = self._client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)
            self._urls[arn] = answer["QueueUrl"]
        return self._urls[arn]
