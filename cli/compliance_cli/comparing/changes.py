"""What changed from one report to another: pure, on reports as their JSON has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from compliance.model import Severity, Status

__all__ = ["Change", "Changed", "Comparison", "compare"]

_HOLDS = {Status.PASS, Status.NOT_APPLICABLE}
_RANK = {severity: rank for rank, severity in enumerate(Severity)}

_Item = Mapping[str, Any]
_Key = tuple[str, str]


class Change(StrEnum):
    """What became of an item, the worst first."""

    FAILS = "newly failing"
    UNKNOWN = "newly unknown"
    GONE = "no longer evaluated"
    STILL_FAILS = "still failing"
    ACCEPTED = "newly accepted"
    RECOVERED = "recovered"
    OTHER = "otherwise changed"


@dataclass(frozen=True, slots=True)
class Changed:
    """An item that changed: what it was and is, and the offenders that began and ended.

    `before` or `after` is None where that report does not have the item.
    """

    item: _Item
    change: Change
    before: str | None
    after: str | None
    began: tuple[Mapping[str, str], ...] = ()
    ended: tuple[Mapping[str, str], ...] = ()

    @property
    def worse(self) -> bool:
        """Whether less holds or less is known than before."""
        worst = {Change.FAILS, Change.UNKNOWN, Change.GONE}
        return self.change in worst or (self.change is Change.STILL_FAILS and bool(self.began))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports and the items that changed, the worst and most severe first."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changed: tuple[Changed, ...]

    @property
    def worse(self) -> bool:
        """Whether anything got worse."""
        return any(each.worse for each in self.changed)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """What changed from `before` to `after`.

    An offender that is no longer there has ended only where `after` saw all that it needed, and
    nobody accepted any: otherwise it may well be as it was.
    """
    order = list(Change)
    changed = sorted(
        _changed(before, after),
        key=lambda each: (order.index(each.change), _RANK[Severity(each.item["severity"])]),
    )
    return Comparison(before, after, tuple(changed))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Changed]:
    were = {item["id"]: item for item in before["items"]}
    are = {item["id"]: item for item in after["items"]}
    for name in {**were, **are}:
        was, now = were.get(name), are.get(name)
        if now is None:
            yield Changed(were[name], Change.GONE, were[name]["status"], None)
            continue
        old, new = _offenders(was), _offenders(now)
        began = tuple(new[key] for key in new if key not in old)
        ended = tuple(old[key] for key in old if key not in new) if _seen_whole(now) else ()
        status = was["status"] if was else None
        if change := _change(status, now["status"], offends=bool(began or ended)):
            yield Changed(now, change, status, now["status"], began, ended)


def _change(before: str | None, after: str, *, offends: bool) -> Change | None:
    if before == after:
        return Change.STILL_FAILS if offends else None
    if after == Status.FAIL:
        return Change.FAILS
    if after == Status.UNKNOWN:
        return Change.UNKNOWN
    if after == Status.EXCEPTED:
        return Change.ACCEPTED
    return Change.RECOVERED if before not in {None, *_HOLDS} else Change.OTHER


def _offenders(item: _Item | None) -> dict[_Key, Mapping[str, str]]:
    found = item["offenders"] if item else ()
    return {(each["resource"], each["fault"]): each for each in found}


def _seen_whole(item: _Item) -> bool:
    """Whether an offender that the item does not name is gone, not unseen and not accepted."""
    if any(each["accepts"] for each in item["exception"] or ()):
        return False
    return item["status"] in _HOLDS or (item["status"] == Status.FAIL and item["reason"] is None)
