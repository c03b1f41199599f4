"""The options that say where statements are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from compliance_cli.stack import stack_option

__all__ = ["kept_in"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def kept_in(command: _Command) -> _Command:
    """The options that say where statements are kept."""
    options: list[Callable[..., Any]] = [
        stack_option,
        click.option(
            "--statements",
            "path",
            type=click.Path(dir_okay=False, path_type=Path),
            envvar="COMPLIANCE_STATEMENTS",
            show_envvar=True,
            metavar="FILE",
            help="Keep them in this file instead, for a change that is reviewed.",
        ),
    ]
    for option in options:
        command = option(command)
    return command
