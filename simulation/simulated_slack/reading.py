"""A message as somebody reads it in the channel, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def readable(payload: dict[str, Any]) -> str:
    """The blocks of a message as lines of text; the fallback text where it has no blocks."""
    blocks = payload.get("blocks")
    return "\n".join(_lines(blocks)) if blocks else str(payload.get("text", ""))


def _lines(blocks: list[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        match block["type"]:
            case "header":
                yield block["text"]["text"]
            case "section":
                texts = [block["text"]] if "text" in block else []
                for text in (*texts, *block.get("fields", ())):
                    yield from text["text"].splitlines()
            case "context":
                yield " · ".join(element["text"] for element in block["elements"])
            case "rich_text":
                for part in block["elements"]:
                    yield from _rich_text(part)
            case "divider":
                yield "-" * 40


def _rich_text(part: dict[str, Any]) -> Iterator[str]:
    if part["type"] == "rich_text_list":
        for item in part["elements"]:
            yield from _rich_text(item)
        return
    indent = "    " if part["type"] == "rich_text_preformatted" else ""
    text = "".join(
        f"{element.get('text', '')} {element['url']}"
        if element["type"] == "link"
        else element["text"]
        for element in part["elements"]
    )
    yield from (f"{indent}{line}" for line in text.strip("\n").splitlines())
