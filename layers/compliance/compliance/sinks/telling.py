"""From the outbox to the channels' queues: each change becomes a message for every receiver.

What is critical, and what programs get, is queued as soon as its run has ended. People are told of
the rest when it was collected (`compliance.pacing`): each change by itself, or many as a digest. A
digest is a row of the outbox like a change: it is written whole before it is sent, the changes that
it tells are handed over to it, and it is pending in their stead.

Whatever ends this, at whatever point, the sweep does it again: a change is pending until each
receiver has acknowledged it, and a message sent twice has the id that its first sending had.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from compliance.baseline import Baseline
from compliance.checklist import Checklist
from compliance.digests import digest_of
from compliance.drift import Change, Kind
from compliance.messages import Act, Ask, Message, Origin, enrolment, message_of
from compliance.model import How, Identity, Item, Severity
from compliance.pacing import Pacing
from compliance.routes import FOR_PEOPLE, channel_of, receivers
from compliance.sinks.state import DELIVERED, DIGEST, ChangeRow, StateTable, digest_key

__all__ = ["SWEEP_AFTER", "Teller", "envelope"]

SWEEP_AFTER = timedelta(minutes=5)
"""How long a change may be without its queues before the sweep takes it for forgotten."""

RESEND_AFTER = timedelta(hours=12)
"""How long the queues may keep a change before the sweep sends it anew: queues can be purged."""

MOST_IN_A_DIGEST = 1_500
"""The ids of so many changes fit a queue's message; those past them wait for the next digest."""

COLLECTION, MAINTENANCE = "collection", "maintenance"
_NEXT = timedelta(seconds=1)

_log = logging.getLogger(__name__)


class Teller:
    """Puts the changes of runs on the queues of all channels.

    `who` is asked who changed what drifted; it answers within seconds, or with nothing.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- all that telling needs
        self,
        table: StateTable,
        sqs: Any,  # noqa: ANN401 -- an SQS client
        queues: Mapping[str, str],
        checklist: Checklist,
        baseline: Baseline,
        identity: Identity,
        who: Ask | None = None,
    ) -> None:
        self._table = table
        self._sqs = sqs
        self._queues = queues
        self._checklist = checklist
        self._baseline = baseline
        self._identity = identity
        self._who = who
        self._pacing = Pacing.of(baseline)
        self._failed: list[Exception] = []

    def tell_run(self, run: str, now: datetime) -> int:
        """Queue what a finished run changed, or hold it; the number of messages sent.

        Raises ExceptionGroup where some of it could not be told, after all else was.
        """
        sent = self._tell(self._table.changes_of(run), now)
        self._failed += self._table.unreadable()
        self._complain()
        return sent

    def tell(self, row: ChangeRow, now: datetime) -> int:
        """Queue one row of the outbox, or hold it; the number of messages sent."""
        sent = self._tell([row], now)
        self._complain()
        return sent

    def sweep(self, now: datetime) -> int:
        """Queue what was held until now, and what should long have been queued.

        The latter is where a wake-up was lost, something ended midway, or a queue was purged.
        Raises ExceptionGroup where some of it could not be told, after all else was.
        """
        pending = self._still_there(self._table.pending(now), now)
        forgotten = [row for row in pending if _forgotten(row, now)]
        lost = [row for row in pending if row.queued_at and row.queued_at < now - RESEND_AFTER]
        if forgotten or lost:
            _log.warning("%d changes were not queued in time", len(forgotten) + len(lost))
        sent = self._tell(forgotten, now)
        sent += self._collected([row for row in pending if _due(row, now)], now)
        for row in lost:
            with self._each():
                sent += self._send(row, row.waiting)
                self._table.queued(row, now)
        self._complain()
        return sent

    @contextmanager
    def _each(self) -> Iterator[None]:
        """What fails for one change holds up no other."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is raised after all others
            _log.exception("a change could not be told")
            self._failed.append(error)

    def _complain(self) -> None:
        if self._failed:
            failed, self._failed = self._failed, []
            message = f"{len(failed)} changes could not be told"
            raise ExceptionGroup(message, failed)

    # --- at once

    def _tell(self, rows: Iterable[ChangeRow], now: datetime) -> int:
        sent = 0
        holding = _Holding(self._table, self._pacing, now)
        for row in sorted(self._still_there(rows, now), key=_urgency):
            if row.queued_at or row.held_until:
                continue
            with self._each():
                sent += self._tell_one(row, holding, now)
        return sent

    def _tell_one(self, row: ChangeRow, holding: _Holding, now: datetime) -> int:
        to = self._receivers(row)
        waits = row.kind != DIGEST and self._waits(row, now)
        at_once = self._unpaced(to, now) if waits else to
        self._table.intend(row, to, now)
        sent = self._send(row, [each for each in at_once if not _has(row, each)])
        if waits:
            holding.hold(row)
        else:
            self._table.queued(row, now)
        return sent

    def _still_there(self, rows: Iterable[ChangeRow], now: datetime) -> list[ChangeRow]:
        """The rows without those receivers whose channel the stack has lost since."""
        kept = []
        for row in rows:
            lost = [each for each in row.waiting if channel_of(each) not in self._queues]
            for receiver in lost:
                _log.warning("the stack has no channel for %s any more: %s", receiver, row.id)
                with self._each():
                    self._table.retire(row, receiver, now)
            channels = {name: how for name, how in row.channels.items() if name not in lost}
            if channels or not lost:
                kept.append(replace(row, channels=channels))
        return kept

    def _receivers(self, row: ChangeRow) -> list[str]:
        """Everybody who is to get it; who was intended before stays so, whatever routes say now."""
        if row.channels:
            return list(row.channels)
        if row.change is None:
            return list(self._queues)
        section = self._item(row.change).section
        return receivers(self._baseline, list(self._queues), row.change.severity, section)

    def _waits(self, row: ChangeRow, now: datetime) -> bool:
        if row.change:
            return self._pacing.waits(row.change.severity, now)
        severities = [self._checklist.items[name].severity for name in self._known(row.failing)]
        worst = max(severities, key=lambda each: each.weight, default=Severity.LOW)
        return self._pacing.waits(worst, now, summary=True)

    def _known(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._checklist.items]

    def _unpaced(self, to: Sequence[str], now: datetime) -> list[str]:
        """Those who are told at once of what people are told later: none in a window."""
        if self._pacing.window(now):
            return []
        return [each for each in to if channel_of(each) not in FOR_PEOPLE]

    # --- what was held

    def _collected(self, rows: Sequence[ChangeRow], now: datetime) -> int:
        """Tell what was held until now; in a window, hold it until that ends."""
        if rows and self._pacing.window(now):
            holding = _Holding(self._table, self._pacing, now)
            for row in rows:
                holding.hold(row)
            return 0
        sent = 0
        for until, group in groupby(sorted(rows, key=_held_until), key=_held_until):
            held = sorted(group, key=_urgency)
            to = sorted({each for row in held for each in row.waiting})
            digests = {
                each: self._table.digest(until, each)
                for each in to
                if channel_of(each) in FOR_PEOPLE
            }
            late = self._late(held, digests)
            in_time = [row for row in held if row.id not in late]
            members, beyond = in_time[:MOST_IN_A_DIGEST], in_time[MOST_IN_A_DIGEST:]
            for row in [*beyond, *(row for row in held if row.id in late)]:
                # Never the moment that this digest has its key by: they would not be in it.
                self._table.hold(row, now + _NEXT, row.held_for or COLLECTION)
            before = len(self._failed)
            for receiver in to:
                with self._each():
                    sent += self._give(receiver, until, members, digests.get(receiver), now)
            if len(self._failed) == before:
                for row in members:
                    self._table.queued(row, now)
        return sent

    def _late(
        self, held: Sequence[ChangeRow], digests: Mapping[str, ChangeRow | None]
    ) -> frozenset[str]:
        """What was held only after a digest of its moment was written, where it makes another.

        A run holds its changes one by one, and the sweep may come in between.
        """
        late: set[str] = set()
        for receiver, digest in digests.items():
            outside = [
                row
                for row in held
                if digest
                and row.change
                and receiver in row.waiting
                and row.id not in digest.members
            ]
            maintenance = any(row.held_for == MAINTENANCE for row in outside)
            if self._pacing.together(len(outside), after_maintenance=maintenance):
                late |= {row.id for row in outside}
        return frozenset(late)

    def _give(
        self,
        receiver: str,
        until: datetime,
        members: Sequence[ChangeRow],
        digest: ChangeRow | None,
        now: datetime,
    ) -> int:
        """Tell a receiver of what was held until then: apart, or what belongs to a digest in it.

        Who belongs to a digest is decided when it is written, and never again.
        """
        waiting = [row for row in members if receiver in row.waiting]
        for_people = channel_of(receiver) in FOR_PEOPLE
        changes = [row for row in waiting if row.change is not None]
        maintenance = any(row.held_for == MAINTENANCE for row in changes)
        if (
            digest is None
            and for_people
            and self._pacing.together(len(changes), after_maintenance=maintenance)
        ):
            run, sk = digest_key(until, receiver)
            message = digest_of(
                f"{run}/{sk}",
                self._origin(run),
                now,
                [self._message(row, ask=False) for row in changes],
                after_maintenance=maintenance,
            )
            digest = self._table.open_digest(until, receiver, message.to_json(), message.changes)
        inside = digest.members if digest else frozenset()
        sent = 0
        for row in waiting:
            with self._each():
                if row.id in inside:
                    self._table.hand_over(row, receiver, now)
                elif for_people or row.held_for == MAINTENANCE:
                    sent += self._send(row, [receiver])
        if digest and not digest.queued_at:
            sent += self._send(digest, [receiver])
            self._table.queued(digest, now)
        return sent

    # --- messages

    def _send(self, row: ChangeRow, to: Sequence[str]) -> int:
        """Raises ExceptionGroup where a queue did not take it, after all others did."""
        if not to:
            return 0
        message = self._message(row)
        refused: list[Exception] = []
        for receiver in to:
            url = self._queues[channel_of(receiver)]
            body = envelope(receiver, message, {"pk": row.pk, "sk": row.sk})
            try:
                self._sqs.send_message(QueueUrl=url, MessageBody=body)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it holds up no other queue
                refused.append(error)
        if refused:
            complaint = f"{len(refused)} of {len(to)} queues did not take {row.id}"
            raise ExceptionGroup(complaint, refused)
        return len(to)

    def _message(self, row: ChangeRow, *, ask: bool = True) -> Message:
        if row.message is not None:
            return Message.from_json(row.message)
        origin = self._origin(row.run)
        if row.change is None:
            items = [self._checklist.items[name] for name in self._known(row.enrolled)]
            return enrolment(row.id, origin, row.at, items, row.failing, row.figures)
        item = self._item(row.change)
        acts: Sequence[Act] = ()
        if ask and self._who and row.change.kind in {Kind.DRIFTED, Kind.FLAPPING}:
            resources = [offence.offender.resource for offence in row.change.offences]
            acts = self._who(resources, row.change.at)
        return message_of(row.id, row.change, item, origin, self._identity, self._baseline, acts)

    def _item(self, change: Change) -> Item:
        """The change's item; where the checklist lost it since, what the change itself knows."""
        if found := self._checklist.items.get(change.item):
            return found
        section = change.item.partition(".")[0]
        title = f"{change.item}, which is no longer on the checklist"
        return Item(change.item, section, title, change.severity, How.CHECK, "", "")

    def _origin(self, run: str) -> Origin:
        return Origin(
            workload=str(self._baseline["workload"]),
            environment=str(self._baseline["environment"]),
            account=self._identity.account,
            region=self._identity.region,
            run=run,
        )


class _Holding:
    """Holds rows until one moment, which is decided with the first of them."""

    def __init__(self, table: StateTable, pacing: Pacing, now: datetime) -> None:
        self._table = table
        self._pacing = pacing
        self._now = now

    def hold(self, row: ChangeRow) -> None:
        """Hold a row with all that is being collected, or until a window ends."""
        self._table.hold(row, *self._when)

    @cached_property
    def _when(self) -> tuple[datetime, str]:
        if self._pacing.window(self._now):
            return self._pacing.until(self._now, ()), MAINTENANCE
        collecting = [
            row.held_until
            for row in self._table.pending(self._now)
            if row.held_until and row.held_for == COLLECTION and not row.queued_at
        ]
        return self._pacing.until(self._now, collecting), COLLECTION


def _forgotten(row: ChangeRow, now: datetime) -> bool:
    """Whether nothing has become of it, though its run should have been told."""
    return not row.queued_at and not row.held_until and row.at <= now - SWEEP_AFTER


def _due(row: ChangeRow, now: datetime) -> bool:
    return row.held_until is not None and row.held_until <= now and not row.queued_at


def _has(row: ChangeRow, receiver: str) -> bool:
    return row.channels.get(receiver, {}).get("state") == DELIVERED


def _held_until(row: ChangeRow) -> datetime:
    return row.held_until or row.at


def _urgency(row: ChangeRow) -> tuple[int, str]:
    """The most severe first; within one, in the order of the outbox."""
    return (-row.change.severity.weight if row.change else 0), row.sk


def envelope(receiver: str, message: Message, change: Mapping[str, str]) -> str:
    """A queue's message: the whole of what is to be sent, and the outbox row that it is from."""
    return json.dumps(
        {
            "schema_version": "1",
            "channel": receiver,
            "message": message.to_json(),
            "change": dict(change),
        },
        ensure_ascii=False,
    )
