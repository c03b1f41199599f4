"""What keeps the command from its work, told in one message instead of a traceback."""

from __future__ import annotations

from typing import IO, Any

import click

from compliance.printable import printable

__all__ = ["COULD_NOT_RUN", "INTERRUPTED", "CouldNotRun"]

COULD_NOT_RUN = 2
"""The exit code that says nothing about the account: nothing was evaluated, or not told."""

INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended: 128 and the number of SIGINT."""


class CouldNotRun(click.ClickException):
    """Nothing can be said of the account; the message says what to mend, one mistake a line."""

    exit_code = COULD_NOT_RUN

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr, with whatever a terminal would obey made visible."""
        lines = [printable(line) for line in self.format_message().splitlines()]
        click.echo("Error: " + "\n".join(lines), file=file, err=file is None)
