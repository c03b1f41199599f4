"""The formats of a report, a module each: `render(report)` gives the whole text."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

__all__ = ["Format", "format_for"]


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JUNIT = "junit"


_BY_ENDING = {
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".csv": Format.CSV,
    ".xml": Format.JUNIT,
}


def format_for(output: Path | None) -> Format:
    """The format that a file's ending asks for; the table where it asks for none."""
    return _BY_ENDING.get(output.suffix.lower(), Format.TABLE) if output else Format.TABLE
