"""A page of plain lines of one width: what the table, the checklist and explanations print on."""

from __future__ import annotations

from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from compliance.printable import printable

__all__ = ["SEVERITY_STYLE", "Paper", "cell_len", "styled"]

SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}

_SANE_WIDTH = 20


def styled(*parts: str | tuple[str, str]) -> Text:
    """A text of parts, each plain or with its style; what they hold is never read as markup."""
    text = Text()
    for part in parts:
        content, style = (part, "") if isinstance(part, str) else part
        text.append(printable(content), style)
    return text


class Paper:
    """Collects lines no wider than `width`; colour never says what words do not."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = max(_SANE_WIDTH, width)
        self._written = StringIO()
        self._console = Console(
            file=self._written,
            width=self.width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )

    def line(self, *parts: str | tuple[str, str], indent: int = 0, hang: int = 0) -> None:
        """One line, wrapped below itself, `hang` columns further in, where it is too long."""
        text = styled(*parts)
        pieces = self._wrapped(text, self.width - indent)
        if hang and len(pieces) > 1:
            rest = text[len(pieces[0].plain) :]
            rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
            pieces = [pieces[0], *self._wrapped(rest, self.width - indent - hang)]
        for at, piece in enumerate(pieces):
            piece.rstrip()
            margin = " " * (indent + (hang if at else 0))
            self._console.print(Text(margin) + piece, soft_wrap=True)

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        return list(text.wrap(self._console, max(_SANE_WIDTH, width), overflow="fold")) or [text]

    def verbatim(self, content: str, style: str = "", *, indent: int = 0) -> None:
        """One line as it is, however long: a command that is broken in two cannot be pasted."""
        self._console.print(Text(" " * indent) + styled((content, style)), soft_wrap=True)

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def heading(self, *parts: str | tuple[str, str]) -> None:
        """A line that opens a part of the page."""
        self.blank()
        self.line(*parts)

    def text(self) -> str:
        """All that was written."""
        return self._written.getvalue()
