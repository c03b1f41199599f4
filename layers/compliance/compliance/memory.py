"""What is remembered of an item, as stored: a head, and its offences in shards by hash.

Never a row per offence: 10,000 of them are some 150 KB in 32 shards, and one more changes one.
Pure: the state table writes what this gives and hands back what it wrote, and collectors read by
the same names what was remembered.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from compliance.drift import Change, Ending, Flaps, Flip, Kind, Known, Open
from compliance.model import Offender, Severity, Status

__all__ = [
    "DELIVERIES",
    "FORMAT",
    "HEADS",
    "SHARDS",
    "Stored",
    "pack_change",
    "pack_known",
    "partition_of",
    "unpack_change",
    "unpack_evidence",
    "unpack_known",
]

FORMAT = 1
"""The version of what is written; a reader refuses one that it does not know."""

HEADS = "heads"
DELIVERIES = "deliveries"

SHARDS = 32

LARGEST_DETAIL = 350_000
"""What a change's offences may take, compressed: an item of the table holds 400 KB."""

Key = tuple[str, str]


class UnknownFormatError(ValueError):
    """The state was written by a newer monitor."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An item's memory as it is stored: the head's own fields, and the shards by their number."""

    head: Mapping[str, Any]
    shards: Mapping[str, bytes]

    @property
    def digests(self) -> Mapping[str, str]:
        """What each shard holds, as a digest: shards of one digest need no writing."""
        digests: Mapping[str, str] = self.head["shards"]
        return digests


def partition_of(account: str, region: str, of: str) -> str:
    """The key of all rows of one kind: HEADS, DELIVERIES ..."""
    return f"{account}#{region}#{of}"


def pack_known(known: Known) -> Stored:
    """The head's fields and the shards of what is known of an item."""
    texts = {number: _text(opens) for number, opens in _sharded(known.offences.values()).items()}
    head = {
        "format": FORMAT,
        "status": known.status.value if known.status else None,
        "since": _iso(known.since),
        "blind_since": _iso(known.blind_since),
        "blind_runs": known.blind_runs,
        "blinded": known.blinded,
        "reminded_at": _iso(known.reminded_at),
        "offence_count": len(known.offences),
        "shards": {number: _digest(text) for number, text in texts.items()},
        "evidence": _packed({what: _iso(at) for what, at in sorted(known.evidence.items())}),
        "accepted": _packed(sorted(known.accepted)),
        "flaps": _packed(_plain_flaps(known.flaps)),
    }
    return Stored(head, {number: zlib.compress(text, 9) for number, text in texts.items()})


def unpack_known(head: Mapping[str, Any], shards: Iterable[bytes]) -> Known:
    """What is known of an item, from its head and all of its shards. Raises UnknownFormatError."""
    if head["format"] != FORMAT:
        message = f"the state of {head.get('item')} has format {head['format']}, not {FORMAT}"
        raise UnknownFormatError(message)
    opens = [each for shard in shards for each in _opens(zlib.decompress(shard))]
    return Known(
        status=Status(head["status"]) if head["status"] else None,
        since=_time(head["since"]),
        offences={each.offender.key: each for each in opens},
        blind_since=_time(head["blind_since"]),
        blind_runs=int(head["blind_runs"]),
        blinded=head["blinded"],
        reminded_at=_time(head["reminded_at"]),
        evidence=unpack_evidence(head.get("evidence")),
        accepted=frozenset((who, fault) for who, fault in _unpacked(head.get("accepted"), ())),
        flaps=_flaps(_unpacked(head.get("flaps"), ())),
    )


def unpack_evidence(packed: bytes | None) -> dict[str, datetime]:
    """What a head remembers to have been seen; nothing in one that was written before any was."""
    return {what: datetime.fromisoformat(at) for what, at in _unpacked(packed, {}).items()}


def pack_change(change: Change) -> dict[str, Any]:
    """A change as an outbox row's own fields, its offences as many as fit a row."""
    offences = [_plain(each) for each in change.offences]
    endings = [[*_plain(each), _iso(each.until), ending.value] for each, ending in change.endings]
    kept = max(len(offences), len(endings))
    while True:
        fitting = {"offences": offences[:kept], "endings": endings[:kept]}
        detail = zlib.compress(json.dumps(fitting, ensure_ascii=False).encode(), 9)
        if len(detail) <= LARGEST_DETAIL:
            break
        kept //= 2
    omitted = max(0, len(offences) - kept) + max(0, len(endings) - kept)
    return {
        "format": FORMAT,
        "item": change.item,
        "severity": change.severity.value,
        "kind": change.kind.value,
        "at": _iso(change.at),
        "reason": change.reason,
        "detail": detail,
        "history": [[_iso(flip.at), flip.began] for flip in change.history],
        "omitted": omitted + change.omitted,
    }


def unpack_change(row: Mapping[str, Any]) -> Change:
    """The change in an outbox row. Raises UnknownFormatError."""
    if row["format"] != FORMAT:
        message = f"the change of {row['item']} has format {row['format']}, not {FORMAT}"
        raise UnknownFormatError(message)
    detail = json.loads(zlib.decompress(bytes(row["detail"])))
    return Change(
        item=row["item"],
        severity=Severity(row["severity"]),
        kind=Kind(row["kind"]),
        at=datetime.fromisoformat(row["at"]),
        offences=tuple(_open(*each) for each in detail["offences"]),
        endings=tuple(_ended(*each) for each in detail["endings"]),
        reason=row["reason"],
        omitted=int(row["omitted"]),
        history=tuple(_flip(*each) for each in row.get("history", ())),
    )


def _packed(value: Any) -> bytes | None:  # noqa: ANN401 -- whatever JSON holds
    """Plain data as a head keeps it; None for what is empty, as in heads that never held it."""
    if not value:
        return None
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def _unpacked(packed: bytes | None, empty: Any) -> Any:  # noqa: ANN401 -- as above
    return json.loads(zlib.decompress(bytes(packed))) if packed else empty


def _plain_flaps(flaps: Mapping[Key, Flaps]) -> list[Any]:
    return [
        [_plain(each.last), [[_iso(flip.at), flip.began] for flip in each.flips], each.told]
        for _, each in sorted(flaps.items())
    ]


def _flaps(rows: Iterable[Any]) -> dict[Key, Flaps]:
    """What came and went of late; nothing in a head that was written before that was noted."""
    flaps = [
        Flaps(tuple(_flip(*f) for f in flips), _open(*last), told) for last, flips, told in rows
    ]
    return {each.last.offender.key: each for each in flaps}


def _flip(at: str, began: bool) -> Flip:  # noqa: FBT001 -- as it is stored
    return Flip(datetime.fromisoformat(at), began)


def _sharded(opens: Iterable[Open]) -> dict[str, list[Open]]:
    shards: dict[str, list[Open]] = {}
    for each in opens:
        shards.setdefault(_shard_of(each.offender.key), []).append(each)
    return shards


def _shard_of(key: Key) -> str:
    digest = sha256("\0".join(key).encode("utf-8", "surrogatepass")).digest()
    return f"{digest[0] % SHARDS:02}"


def _text(opens: Iterable[Open]) -> bytes:
    rows = sorted(_plain(each) for each in opens)
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def _opens(text: bytes) -> list[Open]:
    return [_open(*row) for row in json.loads(text)]


def _plain(each: Open) -> list[str]:
    offender = each.offender
    return [
        offender.resource,
        offender.fault,
        offender.observed,
        offender.expected,
        offender.fix or "",
        each.since.isoformat(),
    ]


def _open(resource: str, fault: str, observed: str, expected: str, fix: str, since: str) -> Open:
    offender = Offender(resource, fault, observed, expected, fix=fix or None)
    return Open(offender, datetime.fromisoformat(since))


def _ended(
    resource: str, fault: str, observed: str, expected: str, fix: str, since: str, *rest: str
) -> tuple[Open, Ending]:
    """What ended, and how; when is unknown of a change that was written before that was noted."""
    *until, ending = rest
    offence = _open(resource, fault, observed, expected, fix, since)
    return replace(offence, until=_time(next(iter(until), None))), Ending(ending)


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()[:16]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
