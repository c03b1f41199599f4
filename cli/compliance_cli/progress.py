"""What is said on stderr while a run works: a live line to a person, one plain line to a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from compliance.model import Identity, plural
from compliance.printable import printable

__all__ = ["announced", "warn"]

Progress = Callable[[int, int, str], None]

_SPINNER = 3


@contextmanager
def announced(items: int, identity: Identity, meant_for: str) -> Iterator[Progress]:
    """Say what is evaluated, and on a terminal how far it is; the live line leaves no trace."""
    where = f"account {identity.account}, {identity.region}"
    if not sys.stderr.isatty():
        said = f"Evaluating {plural(items, 'item')} in {where} ({printable(meant_for)})"
        click.echo(said, err=True)
        yield _silent
        return
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    with console.status(f"Reading {where}", spinner="dots") as status:

        def show(read: int, of: int, fact: str) -> None:
            line = f"Reading {where} · {read} of {of}: {fact.replace('_', ' ')}"
            # Cut where the terminal ends: a line that wraps makes the others jump.
            status.update(line[: console.width - _SPINNER])

        yield show


def _silent(read: int, of: int, fact: str) -> None:
    """A log has no use for progress."""


def warn(message: str) -> None:
    """Tell what is odd but does not stop the work."""
    click.echo(f"Warning: {printable(message)}", err=True)
