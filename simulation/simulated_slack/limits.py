"""Slack's published limits, as far as a webhook's message can break them.

Lengths are counted as JavaScript counts them, the stricter of the two ways that Slack may.
Sources: https://docs.slack.dev/reference/block-kit/blocks
         https://docs.slack.dev/reference/block-kit/composition-objects/text-object
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MOST_BLOCKS = 50
LONGEST_MESSAGE_TEXT = 40_000
LONGEST_TEXT = 3_000
LONGEST_HEADER = 150
LONGEST_FIELD = 2_000
MOST_FIELDS = 10
MOST_CONTEXT_ELEMENTS = 10
MOST_ACTIONS = 25
LONGEST_BUTTON = 75
LONGEST_URL = 3_000
LONGEST_BLOCK_ID = 255


def mistakes(payload: Any) -> list[str]:
    """What Slack would refuse in a message, each with where it is; nothing where it takes it."""
    if not isinstance(payload, dict):
        return ["the payload is no object"]
    return list(_message(payload))


def _message(payload: dict[str, Any]) -> Iterator[str]:
    text, blocks = payload.get("text"), payload.get("blocks")
    if not text and not blocks:
        yield "no_text: neither text nor blocks"
    if text is not None and not isinstance(text, str):
        yield "text: no text"
    elif text and _units(text) > LONGEST_MESSAGE_TEXT:
        yield f"text: over {LONGEST_MESSAGE_TEXT} characters"
    if blocks is None:
        return
    if not isinstance(blocks, list):
        yield "blocks: no list"
        return
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        yield f"blocks: {len(blocks)}, of 1 to {MOST_BLOCKS}"
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict)]
    given = [each for each in ids if each is not None]
    if len(set(given)) != len(given):
        yield "blocks: a block_id is there twice"
    for at, block in enumerate(blocks):
        yield from (f"blocks[{at}]: {mistake}" for mistake in _block(block))


def _block(block: Any) -> Iterator[str]:
    if not isinstance(block, dict):
        yield "no object"
        return
    check = _BLOCKS.get(str(block.get("type")))
    if check is None:
        yield f"unknown type {block.get('type')!r}"
        return
    if len(str(block.get("block_id", ""))) > LONGEST_BLOCK_ID:
        yield "block_id too long"
    yield from check(block)


def _header(block: dict[str, Any]) -> Iterator[str]:
    yield from _text_object(block.get("text"), LONGEST_HEADER, {"plain_text"})


def _section(block: dict[str, Any]) -> Iterator[str]:
    text, fields = block.get("text"), block.get("fields")
    if text is None and not fields:
        yield "a section has text or fields"
    if text is not None:
        yield from _text_object(text, LONGEST_TEXT)
    if fields is not None:
        yield from _elements(fields, MOST_FIELDS, lambda each: _text_object(each, LONGEST_FIELD))
    if "accessory" in block:
        yield from _button(block["accessory"])


def _context(block: dict[str, Any]) -> Iterator[str]:
    yield from _elements(
        block.get("elements"),
        MOST_CONTEXT_ELEMENTS,
        lambda each: _text_object(each, LONGEST_TEXT),
    )


def _actions(block: dict[str, Any]) -> Iterator[str]:
    yield from _elements(block.get("elements"), MOST_ACTIONS, _button)


def _button(element: Any) -> Iterator[str]:
    if not isinstance(element, dict) or element.get("type") != "button":
        yield "no button"
        return
    yield from _text_object(element.get("text"), LONGEST_BUTTON, {"plain_text"})
    if len(str(element.get("url", ""))) > LONGEST_URL:
        yield "url too long"


def _divider(_: dict[str, Any]) -> Iterator[str]:
    yield from ()


def _rich_text(block: dict[str, Any]) -> Iterator[str]:
    yield from _elements(block.get("elements"), MOST_BLOCKS, _rich_text_part)


def _rich_text_part(part: Any) -> Iterator[str]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "rich_text_list":
        if part.get("style") not in {"bullet", "ordered"}:
            yield "a list is bullet or ordered"
        yield from _elements(part.get("elements"), MOST_BLOCKS, _rich_text_part)
    elif kind in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
        yield from _elements(part.get("elements"), LONGEST_TEXT, _rich_text_element)
    else:
        yield f"unknown rich text {kind!r}"


def _rich_text_element(element: Any) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind == "text":
        yield from _length(element.get("text"), LONGEST_TEXT)
        if set(element.get("style", {})) - {"bold", "italic", "strike", "code"}:
            yield "unknown style"
    elif kind == "link":
        url = element.get("url")
        yield from _length(url, LONGEST_URL)
        if isinstance(url, str) and not url.startswith(("https://", "http://", "mailto:")):
            yield "no address"
    else:
        yield f"unknown rich text element {kind!r}"


def _text_object(
    text: Any, longest: int, kinds: frozenset[str] | set[str] = frozenset({"plain_text", "mrkdwn"})
) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"no {' or '.join(sorted(kinds))} object"
        return
    yield from _length(text.get("text"), longest)
    if text["type"] == "mrkdwn" and "emoji" in text:
        yield "emoji is for plain_text"


def _length(text: Any, longest: int) -> Iterator[str]:
    if not isinstance(text, str):
        yield "no text"
    elif not text.strip():
        yield "empty text"
    elif _units(text) > longest:
        yield f"{_units(text)} characters, of at most {longest}"


def _elements(elements: Any, most: int, check: Callable[[Any], Iterator[str]]) -> Iterator[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        yield f"elements: no list of 1 to {most}"
        return
    for at, element in enumerate(elements):
        yield from (f"[{at}] {mistake}" for mistake in check(element))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_BLOCKS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "actions": _actions,
    "context": _context,
    "divider": _divider,
    "header": _header,
    "rich_text": _rich_text,
    "section": _section,
}
