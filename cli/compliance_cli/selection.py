"""The items that the options of a command mean; a mistake in them ends the command."""

from __future__ import annotations

from collections.abc import Sequence

from compliance import selection
from compliance.checklist import Checklist
from compliance.model import Item
from compliance_cli.failures import CouldNotRun

__all__ = ["find", "select"]


def select(
    checklist: Checklist,
    *,
    families: Sequence[str] = (),
    sections: Sequence[str] = (),
    items: Sequence[str] = (),
) -> list[Item]:
    """The items that are meant, in the checklist's order; raises CouldNotRun for a mistake."""
    try:
        return selection.select(checklist, families=families, sections=sections, items=items)
    except selection.SelectionError as error:
        raise CouldNotRun(str(error)) from error


def find(checklist: Checklist, name: str) -> Item:
    """The item of that id; raises CouldNotRun with the nearest ids where there is none."""
    return select(checklist, items=[name])[0]
