"""The entry point of `compliance`: its commands, and how each kind of failure ends."""

from __future__ import annotations

import contextlib
import logging
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
from compliance_cli.failures import COULD_NOT_RUN, INTERRUPTED, CouldNotRun
from compliance_cli.items import items
from compliance_cli.redrive import redrive
from compliance_cli.remembered import report
from compliance_cli.run import run
from compliance_cli.statements.exchanging import export, import_
from compliance_cli.statements.looking import due_command, history
from compliance_cli.statements.stating import attest, except_, revoke
from compliance_cli.terminal import discard, log_to_stderr, open_closed_streams

__all__ = ["compliance", "main"]

VERBOSE = "COMPLIANCE_VERBOSE"

_log = logging.getLogger("compliance")


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
    """Run the command and leave with its exit code; Ctrl-C leaves with 130 and no traceback.

    Whatever nobody foresaw ends in one sentence and with 2: 1 would say that something fails.
    """
    open_closed_streams()
    _log.addHandler(logging.NullHandler())
    if os.environ.get(VERBOSE):
        log_to_stderr()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that is not UTF-8 shows `→` as \u2192; a report is no reason to crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = compliance.main(arguments, prog_name="compliance", standalone_mode=False)
    except click.ClickException as error:
        code = _failed(error)
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- the last one who can tell it in words
        _log.error("broke off", exc_info=error)
        words = " ".join(f"{type(error).__name__}: {error}".split())
        code = _failed(CouldNotRun(f"broke off, {VERBOSE}=1 shows where: {words}"))
    _leave(code if isinstance(code, int) else 0)


def _failed(error: click.ClickException) -> int:
    """Tell what failed, if anybody listens; the exit code says it in any case."""
    with contextlib.suppress(OSError):
        error.show()
    return error.exit_code


def _leave(code: int) -> NoReturn:
    """Leave now: reads that hang past the run's time, or past Ctrl-C, must not hold the exit.

    A run holds nothing that needs an orderly end: it writes to AWS nothing, and its report is out.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            discard(stream)
        except OSError:
            discard(stream)
            code = COULD_NOT_RUN
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)
