"""What is written beside a box: whether its item holds, since when that is known, and why.

A note is one line between two comments that Markdown does not show. They are how it is found again,
and the first names the item, so that the box keeps its item whatever becomes of its words. All that
the account or a person chose stands in a code span, where it is literal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.model import Status
from compliance_cli.checklists.boxes import CLOSING, Box, Document, opening
from compliance_cli.formats.markup import code

__all__ = ["filled"]

_LONGEST = 240


def filled(document: Document, found: Mapping[int, Mapping[str, Any]], day: str) -> str:
    """The document with the boxes of `found`, by their place, as a report of `day` has the items.

    A box that heads others is ticked once all below it are, or do not apply. Every other character
    stays, and so does every other box.
    """
    ticked = {at: _ticked(box, found.get(at)) for at, box in enumerate(document.boxes)}
    for group in document.groups - found.keys():
        below = [at for at, box in enumerate(document.boxes) if group in box.within]
        leaves = [at for at in below if at not in document.groups]
        if any(at in found for at in leaves):
            ticked[group] = all(ticked[at] or _not_applicable(found.get(at)) for at in leaves)
    text, pieces, at = document.text, [], 0
    for place, box in enumerate(document.boxes):
        if ticked[place] != box.ticked:
            pieces += [text[at : box.mark], "x" if ticked[place] else " "]
            at = box.mark + 1
        if place in found:
            begin, end = box.note
            pieces += [text[at:begin], _note(found[place], box, day)]
            at = end
    return "".join([*pieces, text[at:]])


def _ticked(box: Box, item: Mapping[str, Any] | None) -> bool:
    """A tick says that the item holds; of one that does not apply it says what its owner wants."""
    if item is None or _not_applicable(item):
        return box.ticked
    return bool(item["status"] == Status.PASS)


def _not_applicable(item: Mapping[str, Any] | None) -> bool:
    return item is not None and item["status"] == Status.NOT_APPLICABLE


def _note(item: Mapping[str, Any], box: Box, day: str) -> str:
    words, detail = _told(item)
    shown = code(detail.replace("<!--", "<! --"), _LONGEST, beside=box.text)
    return f" {opening(item['id'])} — {day} {words}: {shown}{CLOSING}"


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    """What became of the item, in our words and in those of the report."""
    match item["status"]:
        case Status.PASS:
            return "holds", item["summary"] + _evidence(item)
        case Status.FAIL:
            since = f" since {item['since'][:10]}" if item["since"] else ""
            return f"**fails**{since}", item["summary"]
        case Status.EXCEPTED:
            return "**fails, accepted**", _acceptance(item)
        case Status.NOT_APPLICABLE:
            return "does not apply", item["reason"] or item["summary"]
        case _:
            return "**unknown**", item["reason"] or item["summary"]


def _evidence(item: Mapping[str, Any]) -> str:
    """What a person's word rests on, where it is that word that counts."""
    stated = item["attestation"]
    if stated is None or stated["fault"] is not None:
        return ""
    evidence = stated["evidence"]
    if value := evidence.get("value"):
        return f"; {value['number']:g} {value['unit']}"
    shown = evidence.get("link") or evidence.get("file")
    return f"; {shown}" if shown else ""


def _acceptance(item: Mapping[str, Any]) -> str:
    accepted = [each for each in item["exception"] or () if each["accepts"]]
    parts = [
        f"by {each['by']} until {each['until'][:10]}: {each['reason']}"
        for each in sorted(accepted, key=lambda each: each["until"])
    ]
    return "; ".join(parts) or item["summary"]
