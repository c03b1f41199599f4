"""From the outbox to the channels' queues: each change becomes a message on every queue.

Whatever ends this, at whatever point, the sweep does it again: a change is pending until each
channel has acknowledged it, and a message sent twice has the id that its first sending had.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.messages import Message, Origin, enrolment, message_of
from compliance.model import Identity
from compliance.sinks.state import DELIVERED, ChangeRow, StateTable

__all__ = ["SWEEP_AFTER", "Teller", "envelope"]

SWEEP_AFTER = timedelta(minutes=5)
"""How long a change may be without its queues before the sweep takes it for forgotten."""

RESEND_AFTER = timedelta(hours=12)
"""How long the queues may keep a change before the sweep sends it anew: queues can be purged."""

_log = logging.getLogger(__name__)


class Teller:
    """Puts the changes of runs on the queues of all channels."""

    def __init__(
        self,
        table: StateTable,
        sqs: Any,  # noqa: ANN401 -- an SQS client
        queues: Mapping[str, str],
        checklist: Checklist,
        baseline: Baseline,
        identity: Identity,
    ) -> None:
        self._table = table
        self._sqs = sqs
        self._queues = queues
        self._checklist = checklist
        self._baseline = baseline
        self._identity = identity

    def tell_run(self, run: str, now: datetime) -> int:
        """Queue what a finished run changed; the number of messages sent."""
        return self._tell(self._table.changes_of(run), now)

    def sweep(self, now: datetime) -> int:
        """Queue what should long have been: a wake-up was lost, or something ended midway."""
        overdue = [
            row
            for row in self._table.pending(now - SWEEP_AFTER)
            if row.queued_at is None or row.queued_at < now - RESEND_AFTER
        ]
        if overdue:
            _log.warning("%d changes were not queued in time", len(overdue))
        return self._tell(overdue, now)

    def _tell(self, rows: Iterable[ChangeRow], now: datetime) -> int:
        sent = 0
        for row in sorted(rows, key=_urgency):
            if row.queued_at and row.queued_at >= now - RESEND_AFTER:
                continue
            message = self._message(row)
            self._table.intend(row, self._queues, now)
            for channel, queue in self._queues.items():
                if row.channels.get(channel, {}).get("state") == DELIVERED:
                    continue
                body = envelope(channel, message, {"pk": row.pk, "sk": row.sk})
                self._sqs.send_message(QueueUrl=queue, MessageBody=body)
                sent += 1
            self._table.queued(row, now)
        return sent

    def _message(self, row: ChangeRow) -> Message:
        origin = Origin(
            workload=str(self._baseline["workload"]),
            environment=str(self._baseline["environment"]),
            account=self._identity.account,
            region=self._identity.region,
            run=row.run,
        )
        if row.change is None:
            items = [
                self._checklist.items[name]
                for name in row.enrolled
                if name in self._checklist.items
            ]
            return enrolment(row.id, origin, row.at, items, row.figures)
        item = self._checklist.items[row.change.item]
        return message_of(row.id, row.change, item, origin, self._identity, self._baseline)


def _urgency(row: ChangeRow) -> tuple[int, str]:
    """The most severe first; within one, in the order of the outbox."""
    return (-row.change.severity.weight if row.change else 0), row.sk


def envelope(channel: str, message: Message, change: Mapping[str, str]) -> str:
    """A queue's message: the whole of what is to be sent, and the outbox row that it is from."""
    return json.dumps(
        {
            "schema_version": "1",
            "channel": channel,
            "message": message.to_json(),
            "change": dict(change),
        },
        ensure_ascii=False,
    )
