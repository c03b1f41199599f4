"""The state table: what is known of each item, the outbox of changes, and the runs.

Each item is saved in one transaction with the changes that it makes, conditional on the version of
its head: two runs at once, a retry or a crash between any two writes neither lose a change nor make
it twice. A run's row is written last and tells that what belongs together is there.

Keys: heads in one partition, so that one query shows every item; the shards of an item in its own;
the changes of a run in its own; the runs in one, by time. All carry account and region.
"""

from __future__ import annotations

import json
import logging
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from compliance.drift import Change, Known, Step, advance
from compliance.memory import (
    FORMAT,
    HEADS,
    Stored,
    pack_change,
    pack_known,
    partition_of,
    unpack_change,
    unpack_known,
)
from compliance.model import Identity, ItemResult
from compliance.sinks.outbox import DELIVERED, Outbox

__all__ = [
    "DAILY",
    "DELIVERED",
    "DIGEST",
    "ChangeRow",
    "Head",
    "Past",
    "Run",
    "StateTable",
    "digest_key",
]

PENDING_INDEX = "pending"
ENROLLED = "enrolled"
DIGEST = "digest"
DAILY = "daily"
PENDING = "pending"

_log = logging.getLogger(__name__)

_KEPT = timedelta(days=400)
_ATTEMPTS = 8
_GET_AT_ONCE = 100
_LONGEST_TEXT = 1_000
_MOST_PAST = 20
_AT_ONCE = 8
_pack = TypeSerializer().serialize
_unpack = TypeDeserializer().deserialize

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """A change of an item as its head remembers it: what happened, when, to how many offences."""

    kind: str
    at: datetime
    offences: int


@dataclass(frozen=True, slots=True)
class Head:
    """An item as remembered. `version` 0: nothing is stored yet. `now` is its status as last seen.

    `known` holds the offences only where they were asked for.
    """

    item: str
    known: Known
    version: int = 0
    now: str = "UNKNOWN"
    digests: Mapping[str, str] | None = None
    row: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, item: str) -> Head:
        """The head of an item of which nothing is stored."""
        return cls(item, Known())

    @property
    def enrolled_in(self) -> str | None:
        """The run that saw the item decided for the first time."""
        return (self.row or {}).get("enrolled_in")

    @property
    def weighed_at(self) -> datetime | None:
        """When the run began that saved it; None in a head that was written before that was."""
        return _moment(self.row or {}, "weighed_at")

    @property
    def past(self) -> tuple[Past, ...]:
        """The last changes of the item, oldest first."""
        return tuple(
            Past(each["kind"], datetime.fromisoformat(each["at"]), int(each["offences"]))
            for each in (self.row or {}).get("past", ())
        )


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A row of the outbox: a change, the summary of what a run enrolled, or a digest.

    `channels` says how far each receiver is: `{"state": ..., "at": ISO time}` with the states
    `pending`, `delivered`, `handed over` to the digest that tells it, and `retired` where the stack
    has no such channel any more.
    `queued_at` is when all receivers' queues had it; None where that is not known to have happened.
    `held_until` is when people are told, where they are told later; `held_for` why. A digest and
    the daily one have their `message` with them, so that it stays the same however often it is
    sent; `members` are the ids of the changes that it tells. `failing` are those of the `enrolled`
    that fail.
    """

    pk: str
    sk: str
    kind: str
    change: Change | None
    enrolled: Sequence[str]
    figures: Mapping[str, Any]
    channels: Mapping[str, Mapping[str, str]]
    run: str
    at: datetime
    queued_at: datetime | None
    held_until: datetime | None = None
    held_for: str | None = None
    message: Mapping[str, Any] | None = None
    members: frozenset[str] = frozenset()
    failing: Sequence[str] = ()

    @property
    def id(self) -> str:
        """The change's identity, the same however often it is told."""
        return f"{self.run}/{self.sk}"

    @property
    def waiting(self) -> list[str]:
        """The receivers that have not got it and that no digest tells."""
        return [name for name, each in self.channels.items() if each["state"] == PENDING]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: what it evaluated, and the figures over all items after it.

    `enrolled` are the items that it saw for the first time, `failing` those of them that fail.
    """

    id: str
    at: datetime
    families: Sequence[str]
    figures: Mapping[str, Any]
    enrolled: Sequence[str] = ()
    failing: Sequence[str] = ()


class StateTable:
    """The state of one account and region in a table that many may share."""

    def __init__(self, client: Any, table: str, identity: Identity) -> None:  # noqa: ANN401 -- a DynamoDB client
        self._client = client
        self._table = table
        self._outbox = Outbox(client, table)
        self._unreadable: list[Exception] = []
        self._where = f"{identity.account}#{identity.region}"
        self._heads = partition_of(identity.account, identity.region, HEADS)

    # --- heads

    def heads(self) -> dict[str, Head]:
        """Every item that is remembered, without its offences."""
        rows = self._query(self._heads)
        return {row["item"]: _head(row, ()) for row in rows}

    def with_offences(self, heads: Iterable[Head]) -> dict[str, Head]:
        """The same heads, their offences read."""
        wanted = list(heads)
        keys = [
            {"pk": f"{self._where}#offences#{head.item}", "sk": number}
            for head in wanted
            for number in head.digests or ()
        ]
        shards: dict[str, list[bytes]] = {}
        for row in self._get(keys):
            shards.setdefault(row["pk"].rpartition("#")[2], []).append(bytes(row["data"]))
        return {
            head.item: _head(head.row, shards.get(head.item, ())) if head.row else head
            for head in wanted
        }

    def record(self, head: Head, result: ItemResult, at: datetime, run: str) -> tuple[Head, Step]:
        """Save what a run makes of one item, with its changes; nothing where nothing changed.

        Where another run was faster, what that one saved is read and the same result is weighed
        against it: what it told already is not told again. What a run that began later has saved
        stands: an older look would tell as news what is over.
        """
        for attempt in range(_ATTEMPTS):
            if head.weighed_at and head.weighed_at > at:
                return head, Step(head.known)
            step = advance(head.known, result, at)
            if not head.version and step.known == Known():
                return head, step  # an item of which nothing is known needs no head
            stored = pack_known(step.known)
            if not step.changes and _same(head.row or {}, stored, result):
                return head, step
            try:
                return self._write(head, step, stored, result, at, run), step
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = {reason.get("Code") for reason in error.response["CancellationReasons"]}
                if not reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                    raise
                if attempt + 1 == _ATTEMPTS:
                    raise
                time.sleep(0.05 * 2**attempt)
                head = self.head(head.item)
        raise AssertionError  # pragma: no cover -- the last attempt returned or raised

    def _write(
        self, head: Head, step: Step, stored: Stored, result: ItemResult, at: datetime, run: str
    ) -> Head:
        row = {
            **self._head_key(head.item),
            **stored.head,
            **_shown_of(result),
            "entity": "head",
            "item": head.item,
            "version": head.version + 1,
            "evaluated": len(result.evaluated),
            "run": run,
            "weighed_at": at.isoformat(),
            "enrolled_in": run if step.enrolled else head.enrolled_in,
            "past": _past(head, step),
        }
        condition: Row = (
            {
                "ConditionExpression": "version = :before",
                "ExpressionAttributeValues": _values({":before": head.version}),
            }
            if head.version
            else {"ConditionExpression": "attribute_not_exists(pk)"}
        )
        before = head.digests or {}
        actions = [{"Put": {"TableName": self._table, "Item": _values(row), **condition}}]
        actions += self._shard_writes(head.item, stored, before)
        actions += [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": _values(self._change_row(change, head, run)),
                }
            }
            for change in step.changes
        ]
        self._client.transact_write_items(TransactItems=actions)
        return Head(
            head.item, step.known, head.version + 1, result.status.value, stored.digests, row
        )

    def _shard_writes(
        self, item: str, stored: Stored, before: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        partition = f"{self._where}#offences#{item}"
        for number, data in stored.shards.items():
            if before.get(number) != stored.digests[number]:
                row = {"pk": partition, "sk": number, "entity": "shard", "data": data}
                yield {"Put": {"TableName": self._table, "Item": _values(row)}}
        for number in before.keys() - stored.shards.keys():
            key = _values({"pk": partition, "sk": number})
            yield {"Delete": {"TableName": self._table, "Key": key}}

    def _change_row(self, change: Change, head: Head, run: str) -> Row:
        return self._outbox_row(
            f"{change.item}#{change.kind.value}#{head.version + 1}",
            run,
            change.at,
            pack_change(change),
        )

    def _outbox_row(self, sk: str, run: str, at: datetime, fields: Row) -> Row:
        return {
            "pk": f"{self._where}#changes#{run}",
            "sk": sk,
            "entity": "change",
            "run": run,
            "channels": {},
            "pending_pk": f"{self._where}#pending",
            "pending_at": at.isoformat(),
            "expires_at": int((at + _KEPT).timestamp()),
            **fields,
        }

    def head(self, item: str) -> Head:
        """One item with its offences, as it is now."""
        row = self._read(self._head_key(item))
        return self.with_offences([_head(row, ())])[item] if row else Head.of(item)

    def _head_key(self, item: str) -> Row:
        return {"pk": self._heads, "sk": item}

    # --- runs

    def close(self, run: Run) -> None:
        """Tell that a run is done; the summary of what it enrolled goes into the outbox with it.

        Written again by a retry of the same run, the row stays one. What the retry enrolled besides
        has a summary of its own: the first may have been told, and is not told again.
        """
        row = {
            "pk": f"{self._where}#runs",
            "sk": f"{run.at.isoformat()}#{run.id}",
            "entity": "run",
            "run": run.id,
            "at": run.at.isoformat(),
            "families": list(run.families),
            "figures": json.dumps(run.figures),
            "enrolled": list(run.enrolled),
            "account_region": self._where,
            "expires_at": int((run.at + _KEPT).timestamp()),
        }
        actions = [{"Put": {"TableName": self._table, "Item": _values(row)}}]
        if run.enrolled:
            told = [row for row in self.changes_of(run.id) if row.kind == ENROLLED]
            before = {name for row in told for name in row.enrolled}
            if new := [name for name in run.enrolled if name not in before]:
                fields = {
                    "format": FORMAT,
                    "item": "*",
                    "kind": ENROLLED,
                    "at": run.at.isoformat(),
                    "enrolled": new,
                    "failing": [name for name in run.failing if name in new],
                    "figures": json.dumps(run.figures),
                }
                sk = f"*#{ENROLLED}" + (f"#{len(told) + 1}" if told else "")
                summary = self._outbox_row(sk, run.id, run.at, fields)
                actions.append({"Put": {"TableName": self._table, "Item": _values(summary)}})
        self._client.transact_write_items(TransactItems=actions)

    def families_since(self, at: datetime) -> set[str]:
        """The families that runs evaluated whole which began at `at` or later."""
        return {family for run in self.runs(at) for family in run.families}

    def runs(self, since: datetime) -> list[Run]:
        """The finished runs since then, the oldest first."""
        rows = self._query(f"{self._where}#runs", since=since.isoformat())
        return [_run(row) for row in rows]

    def latest_run(self) -> Run | None:
        """The run that finished last; None before the first."""
        return self._run_between("0", "~")

    def first_run(self, since: datetime) -> Run | None:
        """The earliest run from `since` on; None where there is none."""
        return self._run_between(since.isoformat(), "~", newest=False)

    def runs_over(self, moments: Sequence[datetime]) -> list[Run]:
        """The last run of each stretch between neighbouring moments, oldest first.

        A stretch in which none finished is left out. However many runs there were, as many queries
        are made as there are stretches, and each reads one row.
        """
        stretches = [(a.isoformat(), b.isoformat()) for a, b in pairwise(moments)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(lambda stretch: self._run_between(*stretch), stretches)
            return [run for run in found if run]

    def _run_between(self, after: str, until: str, *, newest: bool = True) -> Run | None:
        rows = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :after AND :until",
            ExpressionAttributeValues=_values(
                {":pk": f"{self._where}#runs", ":after": after, ":until": until}
            ),
            ScanIndexForward=not newest,
            Limit=1,
        )["Items"]
        return _run(_plain(rows[0])) if rows else None

    # --- outbox

    def changes_of(self, run: str) -> list[ChangeRow]:
        """The outbox of one run, but for what cannot be read (`unreadable`)."""
        return list(self._readable(self._query(f"{self._where}#changes#{run}")))

    def pending(self, before: datetime) -> list[ChangeRow]:
        """Every change that some channel has not delivered and that is older than `before`."""
        keys = self._query(f"{self._where}#pending", until=before.isoformat(), index=PENDING_INDEX)
        return list(self._readable(self._get([{"pk": k["pk"], "sk": k["sk"]} for k in keys])))

    def _readable(self, rows: Iterable[Row]) -> Iterator[ChangeRow]:
        """The changes in rows; one that a newer monitor wrote holds up no other."""
        for row in rows:
            try:
                yield _change(row)
            except (KeyError, TypeError, ValueError, zlib.error) as error:
                _log.error("a row of the outbox cannot be read: %s", row["sk"])
                self._unreadable.append(error)

    def unreadable(self) -> list[Exception]:
        """Why rows of the outbox could not be read since this was last asked."""
        found, self._unreadable = self._unreadable, []
        return found

    def intend(self, row: ChangeRow, channels: Iterable[str], at: datetime) -> None:
        """Note whom a change is to reach, before it is sent: it is pending until all have it."""
        new = [name for name in channels if name not in row.channels]
        if not new:
            return
        names = {f"#c{n}": name for n, name in enumerate(new)}
        sets = (f"channels.{alias} = if_not_exists(channels.{alias}, :new)" for alias in names)
        self._update(
            row,
            f"SET {', '.join(sets)}",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=_values({":new": {"state": PENDING, "at": at.isoformat()}}),
        )

    def queued(self, row: ChangeRow, at: datetime) -> None:
        """Note that every channel's queue has the change: from now on the queues keep it."""
        self._update(
            row,
            "SET queued_at = :at",
            ExpressionAttributeValues=_values({":at": at.isoformat()}),
        )

    def hold(self, row: ChangeRow, until: datetime, why: str) -> None:
        """Note when people are told, and that whoever does not wait has been."""
        self._update(
            row,
            "SET held_until = :until, held_for = :why",
            ExpressionAttributeValues=_values({":until": until.isoformat(), ":why": why}),
        )

    def hand_over(self, row: ChangeRow, receiver: str, at: datetime) -> None:
        """Note that a digest tells a receiver of the change, and is pending in its stead."""
        self._outbox.handed_over({"pk": row.pk, "sk": row.sk}, receiver, at.isoformat())

    def retire(self, row: ChangeRow, receiver: str, at: datetime) -> None:
        """Note that the stack has no channel any more for one of the receivers."""
        self._outbox.retired({"pk": row.pk, "sk": row.sk}, receiver, at.isoformat())

    def digest(self, until: datetime, receiver: str) -> ChangeRow | None:
        """The digest of what was held until then for a receiver, if there is one."""
        run, sk = digest_key(until, receiver)
        row = self._read({"pk": f"{self._where}#changes#{run}", "sk": sk})
        return _change(row) if row else None

    def open_digest(
        self, until: datetime, receiver: str, message: Mapping[str, Any], members: Sequence[str]
    ) -> ChangeRow:
        """The digest, with these members if it did not exist: who belongs to it is never changed.

        From here on it is pending like a change, until its receiver has it.
        """
        run, sk = digest_key(until, receiver)
        at = datetime.fromisoformat(message["at"])
        channels = {receiver: {"state": PENDING, "at": at.isoformat()}}
        fields = {"members": list(members), "channels": channels}
        return self._summary(run, sk, DIGEST, at, message, fields)

    def open_daily(self, at: datetime, message: Mapping[str, Any]) -> ChangeRow:
        """The day's digest; the one that there is already, where it was made before."""
        return self._summary(f"{DAILY}-{at:%Y-%m-%d}", f"*#{DAILY}", DAILY, at, message, {})

    def last_daily(self, before: datetime) -> datetime | None:
        """When the last daily digest before that day was made, of the last week's."""
        days = [before - timedelta(days=n) for n in range(1, 8)]
        keys = [
            {"pk": f"{self._where}#changes#{DAILY}-{day:%Y-%m-%d}", "sk": f"*#{DAILY}"}
            for day in days
        ]
        return max((datetime.fromisoformat(row["at"]) for row in self._get(keys)), default=None)

    def _summary(
        self,
        run: str,
        sk: str,
        kind: str,
        at: datetime,
        message: Mapping[str, Any],
        fields: Row,
    ) -> ChangeRow:
        row = self._outbox_row(
            sk,
            run,
            at,
            {
                "format": FORMAT,
                "item": "*",
                "kind": kind,
                "at": at.isoformat(),
                "message": zlib.compress(json.dumps(message, ensure_ascii=False).encode(), 9),
                **fields,
            },
        )
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_values(row),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            row = self._read({"pk": row["pk"], "sk": row["sk"]}) or row
        return _change(row)

    def _update(self, row: ChangeRow, expression: str, **values: Any) -> None:  # noqa: ANN401 -- any shape that AWS's models have
        self._client.update_item(
            TableName=self._table,
            Key=_values({"pk": row.pk, "sk": row.sk}),
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(pk)",
            **values,
        )

    # --- reading

    def _read(self, key: Row) -> Row | None:
        answer = self._client.get_item(TableName=self._table, Key=_values(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def _query(
        self,
        partition: str,
        until: str | None = None,
        index: str | None = None,
        since: str | None = None,
    ) -> Iterator[Row]:
        names = ("pending_pk", "pending_at") if index else ("pk", "sk")
        condition, values = f"{names[0]} = :pk", {":pk": partition}
        if until:
            condition, values[":until"] = f"{condition} AND {names[1]} <= :until", until
        if since:
            condition, values[":since"] = f"{condition} AND {names[1]} >= :since", since
        where: Row = {"IndexName": index} if index else {"ConsistentRead": True}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=_values(values),
            **where,
        )
        for page in pages:
            yield from (_plain(row) for row in page["Items"])

    def _get(self, keys: Sequence[Row]) -> Iterator[Row]:
        for start in range(0, len(keys), _GET_AT_ONCE):
            wanted = [_values(key) for key in keys[start : start + _GET_AT_ONCE]]
            while wanted:
                request = {self._table: {"Keys": wanted, "ConsistentRead": True}}
                answer = self._client.batch_get_item(RequestItems=request)
                yield from (_plain(row) for row in answer["Responses"].get(self._table, ()))
                wanted = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])


def digest_key(until: datetime, receiver: str) -> tuple[str, str]:
    """What stands for the run of a digest, and its sort key: both make its id, as a change's."""
    return f"{DIGEST}-{until:%Y%m%dT%H%M%S}", f"*#{DIGEST}#{receiver}"


def _head(row: Mapping[str, Any], shards: Iterable[bytes]) -> Head:
    return Head(
        item=row["item"],
        known=unpack_known(row, shards),
        version=int(row["version"]),
        now=row["now"],
        digests=row["shards"],
        row=row,
    )


def _run(row: Mapping[str, Any]) -> Run:
    return Run(
        id=row["run"],
        at=datetime.fromisoformat(row["at"]),
        families=tuple(row["families"]),
        figures=json.loads(row["figures"]),
        enrolled=tuple(row["enrolled"]),
    )


def _past(head: Head, step: Step) -> list[Row]:
    """The head's changes with those of a step; the oldest goes where they are too many."""
    new = [
        {
            "kind": change.kind.value,
            "at": change.at.isoformat(),
            "offences": len(change.offences) + len(change.endings) + change.omitted,
        }
        for change in step.changes
    ]
    since = step.known.since
    if step.enrolled and since:
        began = len(step.known.offences)
        new.append({"kind": ENROLLED, "at": since.isoformat(), "offences": began})
    return [*(head.row or {}).get("past", ()), *new][-_MOST_PAST:]


def _change(row: Mapping[str, Any]) -> ChangeRow:
    summary = row["kind"] in {ENROLLED, DIGEST, DAILY}
    return ChangeRow(
        pk=row["pk"],
        sk=row["sk"],
        kind=row["kind"],
        change=None if summary else unpack_change(row),
        enrolled=tuple(row.get("enrolled", ())),
        failing=tuple(row.get("failing", ())),
        figures=json.loads(row.get("figures", "{}")),
        channels=row["channels"],
        run=row["run"],
        at=datetime.fromisoformat(row["at"]),
        queued_at=_moment(row, "queued_at"),
        held_until=_moment(row, "held_until"),
        held_for=row.get("held_for"),
        message=json.loads(zlib.decompress(row["message"])) if "message" in row else None,
        members=frozenset(row.get("members", ())),
    )


def _moment(row: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(row[name]) if name in row else None


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _pack(value) for name, value in row.items()}


def _plain(row: Mapping[str, Any]) -> Row:
    return {name: _bytes(_unpack(value)) for name, value in row.items()}


def _bytes(value: Any) -> Any:  # noqa: ANN401 -- whatever an attribute holds
    return cast("Any", value).value if isinstance(value, Binary) else value


def _same(row: Mapping[str, Any], stored: Stored, result: ItemResult) -> bool:
    """Whether the head's row holds all of it already."""
    return all(row.get(k) == v for k, v in {**stored.head, **_shown_of(result)}.items())


def _shown_of(result: ItemResult) -> Row:
    """What the head shows of a result to whoever looks at it."""
    return {
        "now": result.status.value,
        "summary": _shown(result.summary),
        "reason": _shown(result.reason),
    }


def _shown(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
