"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from compliance.baseline import PRODUCTION
from compliance_cli.formats import Format

__all__ = [
    "baseline_option",
    "format_option",
    "output_option",
    "rate_share_option",
    "state_option",
]

Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def baseline_option(what_for: str) -> Option:
    """Whose values are taken: the product's own production.yaml unless another file is named."""
    return click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        default=PRODUCTION,
        envvar="COMPLIANCE_BASELINE",
        show_envvar=True,
        metavar="FILE",
        help=what_for,
    )


format_option: Option = click.option(
    "--format",
    "wanted",
    type=click.Choice([name.value for name in Format]),
    help="How to write the report: as the ending of --output says, otherwise a table.",
)

output_option: Option = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report to this file, whole or not at all.",
)

rate_share_option: Option = click.option(
    "--rate-share",
    type=click.FloatRange(min=0, max=1),
    default=0.5,
    show_default=True,
    envvar="COMPLIANCE_RATE_SHARE",
    show_envvar=True,
    help="Share of AWS's published request rates to use. 0 is no limit: for simulated accounts.",
)

state_option: Option = click.option(
    "--state",
    metavar="TABLE",
    help="The table in which the monitor remembers; that of its stack unless given.",
)
