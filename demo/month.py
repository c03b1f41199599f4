"""A month of production in a minute, and what on-call was told of it: `python -m demo.month`.

Pure: the monitor's own rules (drift, pacing, telling) over a table in memory and a clock that is
moved. Families run as often as they are scheduled, the sweep each minute where something waits.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from compliance.baseline import Baseline, load_baseline
from compliance.checklist import Checklist, load_checklist
from compliance.drift import Change, Known, advance
from compliance.model import Gap, Identity, Item, ItemResult, Offender, Severity, Status
from compliance.sinks.state import DELIVERED, DIGEST, PENDING, ChangeRow, digest_key
from compliance.sinks.telling import Teller

__all__ = ["Month", "main", "replay"]

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = {
    "monitoring": 15 * MINUTE,
    "account": HOUR,
    "data": HOUR,
    "api": HOUR,
    "cost": DAY,
    "people": DAY,
}
ACCIDENT = (START + 11 * DAY + 10 * HOUR, START + 11 * DAY + 14 * HOUR)
WINDOW = (START + 17 * DAY + 2 * HOUR, START + 17 * DAY + 4 * HOUR)
DENIED = (START + 23 * DAY, START + 24 * DAY)


class Table:
    """The outbox in memory, as the teller sees it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], ChangeRow] = {}
        self.retired: list[tuple[str, str]] = []

    def add(self, run: str, change: Change) -> None:
        """A change that a run saw."""
        sk = f"{change.item}#{change.kind.value}"
        row = ChangeRow(run, sk, change.kind.value, change, (), {}, {}, run, change.at, None)
        self.rows[run, sk] = row

    def changes_of(self, run: str) -> list[ChangeRow]:
        """The outbox of one run."""
        return [row for row in self.rows.values() if row.run == run]

    def pending(self, before: datetime) -> list[ChangeRow]:
        """What some receiver has not got."""
        rows = self.rows.values()
        return [row for row in rows if row.at <= before and (row.waiting or not row.channels)]

    def unreadable(self) -> list[Exception]:
        """Nothing."""
        return []

    def intend(self, row: ChangeRow, channels: Sequence[str], at: datetime) -> None:
        """Note whom a change is to reach."""
        new = {name: {"state": PENDING, "at": at.isoformat()} for name in channels}
        self._change(row, channels={**new, **self._now(row).channels})

    def queued(self, row: ChangeRow, at: datetime) -> None:
        """Note that the queues have it."""
        self._change(row, queued_at=at)

    def hold(self, row: ChangeRow, until: datetime, why: str) -> None:
        """Note when people are told."""
        self._change(row, held_until=until, held_for=why)

    def hand_over(self, row: ChangeRow, receiver: str, at: datetime) -> None:
        """Note that a digest tells it."""
        self.deliver(row.pk, row.sk, receiver, at)

    def retire(self, row: ChangeRow, receiver: str, at: datetime) -> None:
        """Note that nobody is left to tell."""
        self.retired.append((row.id, receiver))
        self.deliver(row.pk, row.sk, receiver, at)

    def deliver(self, pk: str, sk: str, receiver: str, at: datetime) -> None:
        """Note that a receiver has it."""
        row = self.rows[pk, sk]
        done = {receiver: {"state": DELIVERED, "at": at.isoformat()}}
        self._change(row, channels={**row.channels, **done})

    def digest(self, until: datetime, receiver: str) -> ChangeRow | None:
        """The digest of what was held until then."""
        return self.rows.get(digest_key(until, receiver))

    def open_digest(
        self, until: datetime, receiver: str, message: Mapping[str, Any], members: Sequence[str]
    ) -> ChangeRow:
        """The digest, written once."""
        run, sk = digest_key(until, receiver)
        if (run, sk) in self.rows:
            return self.rows[run, sk]
        at = datetime.fromisoformat(message["at"])
        channels = {receiver: {"state": PENDING, "at": at.isoformat()}}
        row = ChangeRow(run, sk, DIGEST, None, (), {}, channels, run, at, None)
        self.rows[run, sk] = replace(row, message=message, members=frozenset(members))
        return self.rows[run, sk]

    def _now(self, row: ChangeRow) -> ChangeRow:
        return self.rows[row.pk, row.sk]

    def _change(self, row: ChangeRow, **values: Any) -> None:  # noqa: ANN401 -- a row's fields
        self.rows[row.pk, row.sk] = replace(self._now(row), **values)


@dataclass
class Sent:
    """A message that Slack got, and when."""

    at: datetime
    message: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What it tells."""
        return str(self.message["kind"])


@dataclass
class Month:
    """What happened, and what was told."""

    changes: list[datetime] = field(default_factory=list)
    critical: dict[str, datetime] = field(default_factory=dict)
    critical_in_accident: int = 0
    sent: list[Sent] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def between(self, span: tuple[datetime, datetime]) -> list[Sent]:
        """The messages of a span of time, and of the minutes that changes wait."""
        return [each for each in self.sent if span[0] <= each.at < span[1]]

    @property
    def changes_outside(self) -> int:
        """How many true changes runs saw outside the accident."""
        return sum(not _in_accident(at) for at in self.changes)

    @property
    def messages_outside(self) -> int:
        """How many messages there were outside the accident."""
        return sum(not _in_accident(each.at) for each in self.sent)

    @property
    def accident(self) -> dict[str, int]:
        """What was told of the accident, by kind, until it was over."""
        return dict(Counter(each.kind for each in self.between(ACCIDENT)))

    @property
    def critical_delays(self) -> list[float]:
        """Seconds from the run that saw something critical until it was told, each."""
        told = {each.message["id"]: each.at for each in reversed(self.sent)}
        return [(told[id_] - at).total_seconds() for id_, at in self.critical.items()]

    @property
    def repeated(self) -> list[str]:
        """The ids of changes that were told more than once."""
        ids = [id_ for s in self.sent for id_ in s.message["changes"] or [s.message["id"]]]
        return [id_ for id_, times in Counter(ids).items() if times > 1]

    @property
    def in_window(self) -> list[str]:
        """The severities of what was told during maintenance."""
        return sorted({str(each.message["severity"]) for each in self.between(WINDOW)})

    @property
    def after_window(self) -> list[str]:
        """The kinds of what was told in the minutes after it."""
        return [each.kind for each in self.between((WINDOW[1], WINDOW[1] + 10 * MINUTE))]

    @property
    def blind(self) -> dict[str, int]:
        """What was told of the day of denied reads but for what is critical, by kind."""
        told = self.between((DENIED[0], DENIED[1] + 2 * HOUR))
        return dict(Counter(each.kind for each in told if each.kind == "digest"))


class _World:
    """Which items fail or cannot be seen at a moment: drawn once, then looked up."""

    def __init__(self, checklist: Checklist, chance: random.Random) -> None:
        self._spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        items = list(checklist.items.values())
        quiet = (ACCIDENT, WINDOW, DENIED)
        self.items = items
        flapping = [item for item in items if item.family == "monitoring"][:4]
        others = [item for item in items if item not in flapping]
        for item in chance.sample(others, 60):
            start = START + HOUR + chance.random() * 28 * DAY
            end = start + EVERY[item.family] * chance.randint(2, 20)
            if not any(start < span[1] + DAY and span[0] - HOUR < end for span in quiet):
                self._spans[item.id].append((start, end))
        for number, item in enumerate(flapping):
            start = START + (4 + 5 * number) * DAY + 8 * HOUR
            for flip in range(6):
                begins = start + flip * 30 * MINUTE
                self._spans[item.id].append((begins, begins + 15 * MINUTE))
        often = [item for item in others if item.family in {"monitoring", "api", "data", "account"}]
        self.struck = chance.sample(often, 60)
        for item in self.struck:
            self._spans[item.id].append((ACCIDENT[0] - MINUTE, ACCIDENT[1] - MINUTE))
        calm = [item for item in often if item.severity is not Severity.CRITICAL]
        for item in [*chance.sample(calm, 7), next(i for i in often if i not in calm)]:
            self._spans[item.id].append((WINDOW[0] + 10 * MINUTE, WINDOW[1] + 6 * HOUR))

    def result(self, item: Item, at: datetime) -> ItemResult:
        """What a run finds."""
        if item.family == "data" and DENIED[0] <= at < DENIED[1]:
            gap = Gap("dynamodb:ListTables", "AccessDeniedException")
            said = "dynamodb:ListTables answered AccessDeniedException (grant dynamodb:ListTables)"
            return ItemResult(item, Status.UNKNOWN, "", reason=said, gaps=(gap,))
        name = f"arn:aws:logs:us-east-1:123456789012:log-group:/omnitrack/{item.id}"
        failing = any(start <= at < end for start, end in self._spans[item.id])
        offenders = (Offender(name, "bad", "is off", "on"),) if failing else ()
        status = Status.FAIL if failing else Status.PASS
        return ItemResult(
            item, status, "", (name,), offenders, unseen=frozenset(), seen=frozenset({name})
        )


class _Slack:
    """Takes what goes on its queue, and has it at once."""

    def __init__(self, table: Table, month: Month) -> None:
        self._table, self._month = table, month
        self.now = START

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 -- boto3's names
        """Deliver and acknowledge."""
        del QueueUrl
        body = json.loads(MessageBody)
        self._month.sent.append(Sent(self.now, body["message"]))
        self._table.deliver(body["change"]["pk"], body["change"]["sk"], body["channel"], self.now)


def replay(seed: int = 2026) -> Month:
    """Play the month."""
    chance = random.Random(seed)  # noqa: S311 -- a story, not a secret
    checklist, month, table = load_checklist(), Month(), Table()
    world, slack = _World(checklist, chance), _Slack(table, month)
    identity = Identity("123456789012", "us-east-1")
    teller = Teller(table, slack, {"slack": ""}, checklist, _baseline(), identity)  # type: ignore[arg-type]  # the same methods
    known: dict[str, Known] = {}
    seen: dict[str, Any] = {}
    for at, family in _runs():
        while table.rows and (waiting := table.pending(slack.now)) and slack.now + MINUTE < at:
            moments = [row.held_until or slack.now for row in waiting]
            slack.now = min(max(min(moments), slack.now + MINUTE), at - MINUTE / 60)
            teller.sweep(slack.now)
        slack.now = at
        run = f"{family}-{at:%Y%m%dT%H%M}"
        for item in world.items:
            if item.family != family:
                continue
            result = world.result(item, at)
            looks = "blind" if result.gaps else tuple(o.key for o in result.offenders)
            if item.id in seen and seen[item.id] != looks:
                month.changes.append(at)
            seen[item.id] = looks
            step = advance(known.get(item.id), result, at)
            known[item.id] = step.known
            for change in step.changes:
                table.add(run, change)
                if change.severity is Severity.CRITICAL:
                    month.critical[f"{run}/{change.item}#{change.kind.value}"] = at
        teller.tell_run(run, at)
    month.critical_in_accident = sum(i.severity is Severity.CRITICAL for i in world.struck)
    month.untold = [row.id for row in table.pending(slack.now + DAY)]
    return month


def _baseline() -> Baseline:
    baseline = load_baseline()
    window = {
        "name": "cache upgrade",
        "from": f"{WINDOW[0]:%Y-%m-%dT%H:%MZ}",
        "until": f"{WINDOW[1]:%Y-%m-%dT%H:%MZ}",
    }
    alerts = {**baseline["alerts"], "maintenance": [window]}
    return Baseline({**baseline.values, "alerts": alerts}, baseline.source)


def _runs() -> Iterator[tuple[datetime, str]]:
    """Every run of the month in order; the families begin some seconds apart."""
    yield from sorted(
        (START + nth * every + number * timedelta(seconds=10), family)
        for number, (family, every) in enumerate(EVERY.items())
        for nth in range(int(30 * DAY / every))
    )


def _in_accident(at: datetime) -> bool:
    return ACCIDENT[0] <= at < ACCIDENT[1] + 10 * MINUTE


def main() -> int:
    """Print the month's figures."""
    month = replay()
    changes, messages, delays = month.changes_outside, month.messages_outside, month.critical_delays
    lines = {
        "outside the accident": f"{changes} true changes, {messages} messages, "
        f"{messages / changes:.2f} a change",
        "the accident": f"{month.accident}",
        "critical": f"{len(delays)} told, the slowest {max(delays):.0f} s after its run saw it",
        "in the maintenance window": f"{month.in_window}; after it: {month.after_window}",
        "the day of denied reads": f"{month.blind} beside what is critical",
        "told twice": f"{len(month.repeated)}; untold: {len(month.untold)}",
        "by kind": f"{dict(Counter(each.kind for each in month.sent))}",
    }
    sys.stdout.writelines(f"{name}: {figures}\n" for name, figures in lines.items())
    return 0


if __name__ == "__main__":
    sys.exit(main())
