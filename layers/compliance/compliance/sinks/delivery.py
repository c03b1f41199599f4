"""One record of a channel's queue: send its message once, acknowledge it, or let it rest.

A record that raises stays in its queue, alone: the others of its batch are tried all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from compliance.channels.envelope import Envelope, NoEnvelope, read
from compliance.messages import Message
from compliance.routes import channel_of
from compliance.sinks.once import Once
from compliance.sinks.outbox import Outbox
from compliance.sinks.queue import SourceQueue, pause
from compliance.sinks.undelivered import Refused, Retry, Undelivered

__all__ = ["Delivery", "Record"]


@dataclass(frozen=True, slots=True)
class Record:
    """What SQS hands over. `receives` counts how often it did, this time included."""

    body: str
    receipt: str
    queue_arn: str
    receives: int
    id: str = ""


class Delivery:
    """A channel's way from its queue to its receivers.

    `send` sends to the channel's own one; `routed` gives what sends to another, which the envelope
    names (`slack:security`).
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- all that delivering needs
        self,
        channel: str,
        send: Callable[[Message], None],
        once: Once,
        outbox: Outbox,
        queue: SourceQueue,
        log: logging.Logger | Logger,
        routed: Callable[[str], Callable[[Message], None]] | None = None,
    ) -> None:
        self._channel = channel
        self._send = send
        self._once = once
        self._outbox = outbox
        self._queue = queue
        self._log = log
        self._routed = routed
        self._asked_to_wait: dict[str, Retry] = {}

    def begin(self) -> None:
        """A new batch: whoever asked to wait during the last one is asked anew."""
        self._asked_to_wait.clear()

    def take(self, record: Record, seconds_left: Callable[[], float], needed: float) -> None:
        """Deliver a record, or raise what keeps it in its queue after having set when it returns.

        `needed` seconds must be left for a send: one that is cut off may have been taken, and would
        be doubled. Past a request to wait, what is for the same receiver waits with it unsent.
        """
        try:
            envelope = self._read(record.body)
            sent_at = self._once(
                f"{envelope.channel}#{envelope.message.id}",
                lambda: self._sent(envelope, seconds_left, needed),
            )
            self._outbox.delivered(envelope.change, envelope.channel, sent_at)
            self._outbox.last_delivery(
                envelope.message.origin, envelope.channel, envelope.message.id, sent_at
            )
        except (NoEnvelope, Undelivered) as failure:
            self._leave(record, failure)
            raise
        except Exception:
            self._log.exception("a message could not be delivered", extra=self._about(record))
            self._queue.rest(record.queue_arn, record.receipt, pause(record.receives, None))
            raise

    def _read(self, body: str) -> Envelope:
        envelope = read(body)
        if channel_of(envelope.channel) != self._channel:
            message = f"the envelope is for another channel than {self._channel}"
            raise NoEnvelope(message)
        return envelope

    def _sent(self, envelope: Envelope, seconds_left: Callable[[], float], needed: float) -> str:
        message, receiver = envelope.message, envelope.channel
        if receiver in self._asked_to_wait:
            raise self._asked_to_wait[receiver]
        if seconds_left() < needed:
            late = "this invocation has no time left to send it"
            raise Retry(late)
        try:
            self._to(receiver)(message)
        except Retry as failure:
            if failure.after_seconds is not None:
                self._asked_to_wait[receiver] = failure
            raise
        said = {"channel": receiver, "message_id": message.id, "kind": message.kind}
        self._log.info("sent", extra={**said, "item": message.item, "severity": message.severity})
        return datetime.now(UTC).isoformat(timespec="seconds")

    def _to(self, receiver: str) -> Callable[[Message], None]:
        if receiver == self._channel:
            return self._send
        if self._routed is None:
            message = f"{self._channel} has no route {receiver}"
            raise Refused(message)
        return self._routed(receiver)

    def _leave(self, record: Record, failure: NoEnvelope | Undelivered) -> None:
        """Say why a record stays, as loudly as somebody is needed, and when it is tried again."""
        asked = failure.after_seconds if isinstance(failure, Retry) else None
        seconds = pause(record.receives, asked)
        said = {**self._about(record), "again_in_seconds": seconds, "reason": str(failure)}
        match failure:
            case NoEnvelope():
                self._log.error("a record is no message of this monitor", extra=said)
            case Refused():
                self._log.error("a message was refused: %s", failure, extra=said)
            case _:
                self._log.warning("a message is tried again: %s", failure, extra=said)
        self._queue.rest(record.queue_arn, record.receipt, seconds)

    def _about(self, record: Record) -> dict[str, object]:
        return {"channel": self._channel, "record": record.id, "receives": record.receives}
