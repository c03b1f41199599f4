"""Where the command writes: terminals and logs, pipes that close early, and files."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import sys
from pathlib import Path
from typing import TextIO

from compliance_cli.failures import CouldNotRun

__all__ = [
    "LOG_WIDTH",
    "check_writable",
    "colour_for",
    "discard",
    "log_to_stderr",
    "open_closed_streams",
    "print_out",
    "width_for",
    "write_file",
]

LOG_WIDTH = 80
_WIDEST = 120
_DRAFT_NAME = 50

_log = logging.getLogger("compliance")


def open_closed_streams() -> None:
    """Open what the shell closed (`>&-`): Python knows such a stream as None, and so does nobody.

    What is printed to a closed stdout fails, as it does for every command; there is nobody to read
    stderr. Left closed, their numbers would go to the next files that are opened.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def log_to_stderr() -> None:
    """Log what the product says of itself, with tracebacks of what crashed."""
    if not any(type(each) is logging.StreamHandler for each in _log.handlers):
        _log.addHandler(logging.StreamHandler())


def width_for(stream: TextIO) -> int:
    """The columns to fill: the terminal's up to what reads well, and 80 in a log."""
    if not stream.isatty():
        return LOG_WIDTH
    return min(shutil.get_terminal_size((LOG_WIDTH, 24)).columns, _WIDEST)


def colour_for(stream: TextIO) -> bool:
    """Whether colours are seen and wanted: https://no-color.org is honoured."""
    return (
        stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") != "dumb"
    )


def print_out(text: str) -> None:
    """Print to stdout; a reader that has seen enough (`| head`) ends the printing, quietly.

    What was found is still told by the exit code. Raises CouldNotRun where nothing can be printed.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except OSError as error:
        discard(sys.stdout)
        message = f"cannot write to stdout: {error.strerror}"
        raise CouldNotRun(message) from error


def discard(stream: TextIO) -> None:
    """Let go of what is buffered: it would raise again when the interpreter flushes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    with contextlib.suppress(OSError):
        stream.flush()


def check_writable(path: Path) -> None:
    """Raise CouldNotRun where `path` cannot be written: better before a long run than after it.

    A file that is there and read-only is not written, although replacing it asks its folder alone.
    """
    try:
        there = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        there = None
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise CouldNotRun(message) from error
    folder = _target(path).parent
    if there and stat.S_ISDIR(there.st_mode):
        message = f"cannot write {path}: it is a folder"
    elif there and not os.access(path, os.W_OK):
        message = f"cannot write {path}: it is read-only"
    elif not folder.is_dir():
        message = f"cannot write {path}: there is no folder {folder}"
    elif not os.access(folder, os.W_OK) and not _is_device(path):
        message = f"cannot write {path}: the folder {folder} is not writable"
    else:
        return
    raise CouldNotRun(message)


def write_file(path: Path, text: str) -> None:
    """Write the whole text or leave what was there: nobody ever reads half a report.

    A link keeps pointing where it did, a file keeps its permissions and a line its end. A pipe or a
    device such as /dev/stdout has no half-written state and is written as it is.
    """
    check_writable(path)
    target = _target(path)
    draft = target.with_name(f".{target.name[:_DRAFT_NAME]}.{os.getpid()}.draft")
    try:
        if _is_device(path):
            path.write_text(text, encoding="utf-8")
            return
        try:
            with draft.open("x", encoding="utf-8", newline="") as file:
                if target.exists():
                    shutil.copymode(target, draft)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise CouldNotRun(message) from error


def _target(path: Path) -> Path:
    return path.resolve() if path.is_symlink() else path.absolute()


def _is_device(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
