"""Which items are meant: any of the families, and any of the sections, and any of the ids."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from compliance.checklist import Checklist
from compliance.documents import violations
from compliance.model import Item

__all__ = ["SelectionError", "due", "nearest", "request", "select", "whole_hour"]

_NEAREST = 3
_SIMILAR = 0.5

_REQUEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        kind: {"type": "array", "items": {"type": "string"}, "description": f"ids of {kind}"}
        for kind in ("families", "sections", "items")
    },
}


class SelectionError(ValueError):
    """Nothing that could be evaluated is meant; the message says why, a line for each mistake."""


def request(event: object, families: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What an evaluate event asks for: `{"families": [...], "sections": [...], "items": [...]}`.

    All are optional; where none is given, `families` are meant. Raises SelectionError that names
    each path, what was found there and what was expected.
    """
    asked: Any = {} if event is None else event
    mistakes = list(violations(asked, _REQUEST))
    if mistakes:
        raise SelectionError("\n".join(["the event cannot be used:", *mistakes]))
    given = {kind: names for kind, names in asked.items() if names}
    return given or {"families": families}


def select(
    checklist: Checklist,
    *,
    families: Sequence[str] = (),
    sections: Sequence[str] = (),
    items: Sequence[str] = (),
) -> list[Item]:
    """The items that match one name of each kind that is given, in the checklist's order.

    Raises SelectionError for a name that does not exist, with the nearest ones, and where nothing
    is left: a run over no items would say that all is well.
    """
    known_families = dict.fromkeys(item.family for item in checklist.items.values())
    mistakes = [
        *_unknown("family", families, known_families),
        *_unknown("section", sections, checklist.sections),
        *_unknown("item", items, checklist.items),
    ]
    if mistakes:
        raise SelectionError("\n".join(mistakes))
    chosen = [
        item
        for item in checklist.items.values()
        if (not families or item.family in families)
        and (not sections or item.section in sections)
        and (not items or item.id in items)
    ]
    if not chosen:
        given = [("family", families), ("section", sections), ("item", items)]
        asked = " and ".join(f"{kind} {' or '.join(names)}" for kind, names in given if names)
        message = f"no item is of {asked}"
        raise SelectionError(message)
    return chosen


def whole_hour(now: datetime) -> datetime:
    """When the hour of `now` began: an hourly item's window of metrics ends there."""
    return now.replace(minute=0, second=0, microsecond=0)


def due(items: Iterable[Item], seen: Collection[str]) -> list[Item]:
    """The items less the hourly ones of families in `seen`, which this hour has seen already.

    Metrics are billed by the reading, and a window that ends with the whole hour shows the same
    until the next one begins.
    """
    return [item for item in items if not (item.hourly and item.family in seen)]


def _unknown(kind: str, names: Iterable[str], known: Collection[str]) -> Iterable[str]:
    for name in names:
        if name in known:
            continue
        if near := nearest(name, known):
            yield f"there is no {kind} {name!r}; did you mean {' or '.join(near)}?"
        elif kind == "item":
            yield f"there is no {kind} {name!r}; compliance items lists them"
        else:
            yield f"there is no {kind} {name!r}; there are {', '.join(known)}"


def nearest(name: str, known: Collection[str]) -> list[str]:
    """Names that contain what was asked for, or are spelt like it."""
    wanted = name.lower()
    containing = [other for other in known if wanted and wanted in other]
    alike = difflib.get_close_matches(wanted, known, n=_NEAREST, cutoff=_SIMILAR)
    return list(dict.fromkeys((*containing, *alike)))[:_NEAREST]
