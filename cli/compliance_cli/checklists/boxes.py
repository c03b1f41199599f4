"""The boxes of a Markdown document, where they stand, and what we once noted beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["CLOSING", "Box", "Document", "lines_of", "opening", "read"]

CLOSING = "<!-- /omnitrack -->"
"""Ends what we noted: whatever stands behind it is the user's."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_BOX = re.compile(r"\[[ xX]\](?=\s+\S)")
_OPENING = re.compile(r"<!-- omnitrack: ([a-z0-9.-]+) -->")
_LABEL = re.compile(r"(\*\*|__).+\1:?|[^\n]*:")


def opening(item: str) -> str:
    """What our note of an item begins with; alone, it is how the user says what a box means."""
    return f"<!-- omnitrack: {item} -->"


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `text` without our note, and what it stands under, the nearest first.

    `mark` is the place of its tick in the document, and `note` that of our note, with what is
    between it and the text; an empty one is where a note belongs. `pinned` is the item that the
    document itself names. `within` are the boxes that it is nested in, by their place in the
    document's boxes.
    """

    line: int
    text: str
    contexts: tuple[str, ...]
    mark: int
    ticked: bool
    note: tuple[int, int]
    pinned: str | None
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document and its boxes, in their order."""

    text: str
    boxes: tuple[Box, ...]

    @property
    def groups(self) -> frozenset[int]:
        """The boxes that head others: they say of themselves only what those say."""
        return frozenset(each for box in self.boxes for each in box.within)


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, as CommonMark counts them."""
    return _LINE.findall(text)


def read(text: str) -> Document:
    """The document with its boxes; what stands in code is none, as in GitHub's own task lists.

    Source: https://github.github.com/gfm/#task-list-items-extension-
    """
    return Document(text, tuple(_Reader(text).boxes(MarkdownIt().parse(text))))


class _Reader:
    """Walks over the tokens and knows under which headings, items and labels it is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = lines_of(text)
        self._starts = list(accumulate(map(len, self._lines), initial=0))
        self._headings: dict[int, str] = {}
        self._label = ""
        self._open: list[_ListItem] = []

    def boxes(self, tokens: list[Token]) -> Iterator[Box]:
        found = 0
        for at, token in enumerate(tokens):
            match token.type:
                case "list_item_open":
                    self._open.append(_ListItem())
                case "list_item_close":
                    self._open.pop()
                case "heading_open" if not self._open:
                    self._head(int(token.tag[1:]), tokens[at + 1].content)
                case "paragraph_open" if not self._open:
                    content = tokens[at + 1].content.strip()
                    self._label = content if _LABEL.fullmatch(content) else ""
                case "inline" if self._open and not self._open[-1].text:
                    in_paragraph = tokens[at - 1].type == "paragraph_open"
                    box = self._box(token) if in_paragraph else None
                    self._open[-1].text = box.text if box else token.content
                    if box:
                        self._open[-1].box = found
                        found += 1
                        yield box
                case _:
                    pass

    def _head(self, level: int, text: str) -> None:
        self._headings = {each: told for each, told in self._headings.items() if each < level}
        self._headings[level] = text
        self._label = ""

    def _contexts(self) -> tuple[str, ...]:
        nesting = [each.text for each in self._open[:-1]]
        headings = [self._headings[level] for level in sorted(self._headings)]
        return tuple(told for told in reversed([*headings, self._label, *nesting]) if told)

    def _box(self, token: Token) -> Box | None:
        """The box that a list item's first paragraph begins with, if it does."""
        if token.map is None or not (mark := _BOX.match(token.content)):
            return None
        head = token.content.split("\n")[0].rstrip()
        # The parser leaves out lines of white space that for Markdown are text: no-break spaces.
        first = next((at for at in range(*token.map) if self._ends(at, head)), None)
        if first is None:
            return None
        begin = self._starts[first] + len(self._lines[first].rstrip()) - len(head)
        end = token.map[1]
        # What ends a line for Python may be text for Markdown, and a note must not begin a line.
        stop = self._starts[end - 1] + len(self._lines[end - 1].rstrip(" \t\r\n"))
        pinned, note = _noted(self._text[begin:stop])
        _, inside = _noted(token.content)
        own = token.content[mark.end() : inside[0]] + token.content[inside[1] :]
        return Box(
            line=first + 1,
            text=" ".join(own.split()),
            contexts=self._contexts(),
            mark=begin + 1,
            ticked=token.content[1] != " ",
            note=(begin + note[0], begin + note[1]),
            pinned=pinned,
            within=tuple(each.box for each in self._open[:-1] if each.box is not None),
        )

    def _ends(self, line: int, head: str) -> bool:
        """Whether the line ends so as the parser has it, which replaces a NUL."""
        return self._lines[line].rstrip().replace("\0", "\ufffd").endswith(head)


def _noted(written: str) -> tuple[str | None, tuple[int, int]]:
    """The item that our note names, and where the note is; without one, where it belongs."""
    if not (opened := _OPENING.search(written)):
        return None, (len(written), len(written))
    closed = written.find(CLOSING, opened.end())
    end = opened.end() if closed < 0 else closed + len(CLOSING)
    return opened[1], (len(written[: opened.start()].rstrip(" ")), end)


@dataclass(slots=True)
class _ListItem:
    """A list item that is open: its text once it is known, and its place among the boxes."""

    text: str = ""
    box: int | None = None
