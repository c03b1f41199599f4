"""The entry point of `compliance`: its commands, and how each kind of failure ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from compliance.documents import DocumentError
from compliance_cli.checklists.filling import checklist
from compliance_cli.comparing.diff import diff
from compliance_cli.explain import explain
from compliance_cli.failures import INTERRUPTED, CouldNotRun
from compliance_cli.items import items
from compliance_cli.redrive import redrive
from compliance_cli.remembered import report
from compliance_cli.run import run
from compliance_cli.statements.exchanging import export, import_
from compliance_cli.statements.looking import due_command, history
from compliance_cli.statements.stating import attest, except_, revoke

__all__ = ["compliance", "main"]


class _Commands(click.Group):
    """A group whose commands fail in one message, whichever document stopped them."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- click's own signature
        try:
            return super().invoke(ctx)
        except DocumentError as error:
            raise CouldNotRun(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="omnitrack-compliance", message="%(prog)s %(version)s")
def compliance() -> None:
    """Tell whether production still is the way its go-live checklist says it must be."""


compliance.add_command(run)
compliance.add_command(report)
compliance.add_command(items)
compliance.add_command(checklist)
compliance.add_command(diff)
compliance.add_command(explain)
compliance.add_command(attest)
compliance.add_command(except_)
compliance.add_command(revoke)
compliance.add_command(history)
compliance.add_command(due_command)
compliance.add_command(import_)
compliance.add_command(export)
compliance.add_command(redrive)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code; Ctrl-C leaves with 130 and no traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that is not UTF-8 shows `→` as \u2192; a report is no reason to crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = compliance.main(arguments, prog_name="compliance", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> NoReturn:
    """Leave now: reads that hang past the run's time, or past Ctrl-C, must not hold the exit.

    A run holds nothing that needs an orderly end: it writes to AWS nothing, and its report is out.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)
