"""Evidence that a machine made: a file by its digest, a test report by its counts."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.model import plural
from compliance.printable import printable, shortened
from compliance.statements.records import Evidence
from compliance_cli.failures import CouldNotRun

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["TestsFailed", "evidence_from_file", "evidence_from_junit"]

LARGEST_REPORT = 50_000_000
LARGEST_FILE = 1_000_000_000
_BLOCK = 1 << 20
_FAILED = ("failure", "error", "rerunFailure", "rerunError")
_COUNT = re.compile(r"[0-9]{1,9}")
_LONGEST_NAME = 100


class TestsFailed(Exception):  # noqa: N818 -- what is said of tests, not a kind of error
    """The evidence speaks against the item; the message says how."""


def evidence_from_file(path: Path) -> Evidence:
    """The file by its name and digest; raises CouldNotRun where it cannot be read or is empty."""
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise CouldNotRun(_too_large(path, size, LARGEST_FILE))
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise CouldNotRun(message) from error
    if not size:
        message = f"{path} is empty: it shows nothing"
        raise CouldNotRun(message)
    return Evidence(file=printable(path.name), sha256=digest.hexdigest())


def evidence_from_junit(path: Path) -> Evidence:
    """A passing JUnit report with its counts and its digest.

    Raises TestsFailed for one in which a test fails, breaks, or in which none ran, and CouldNotRun
    for what is no such report. Entities and document types are refused: they are how XML attacks.
    """
    shown = evidence_from_file(path)
    if (size := path.stat().st_size) > LARGEST_REPORT:
        raise CouldNotRun(_too_large(path, size, LARGEST_REPORT))
    root = _parsed(path)
    tests = list(root.iter("testcase"))
    failed = [case for case in tests if _has(case, *_FAILED)]
    skipped = sum(_has(case, "skipped") for case in tests)
    broken = max(len(failed), _broken(path, root))
    ran = len(tests) - skipped
    if broken:
        name = shortened(failed[0].get("name", "a test"), _LONGEST_NAME) if failed else ""
        first = f", {name} among them" if failed else ""
        of = max(len(tests), broken)
        message = f"{plural(broken, 'test')} of {of:,} failed{first} ({shown.file})"
        raise TestsFailed(message)
    if not ran:
        message = f"no test ran ({shown.file})"
        raise TestsFailed(message)
    left = f", {skipped:,} skipped" if skipped else ""
    detail = f"{plural(ran, 'test')} passed{left}"
    return Evidence(file=shown.file, sha256=shown.sha256, detail=detail)


def _parsed(path: Path) -> Element:
    from defusedxml import DefusedXmlException  # noqa: PLC0415 -- only a report needs it
    from defusedxml.ElementTree import ParseError, parse  # noqa: PLC0415 -- only a report needs it

    try:
        root = parse(path, forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        message = f"{path} is refused: a report needs no {type(error).__name__}"
        raise CouldNotRun(message) from error
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise CouldNotRun(message) from error
    except (ParseError, LookupError, ValueError, RecursionError) as error:
        message = f"{path} is no XML: {error}"
        raise CouldNotRun(message) from error
    if root is None or root.tag not in {"testsuite", "testsuites"}:
        found = root.tag[:40] if root is not None else ""
        message = f"{path} is no JUnit report: found <{found}>, expected <testsuites>"
        raise CouldNotRun(message)
    return root


def _broken(path: Path, suite: Element) -> int:
    """How many tests failed: as many as the suite says, or as are found in it, if those are more.

    A suite that has others in it may give their totals again.
    """
    stated = _number(path, suite, "errors") + _number(path, suite, "failures")
    inside = sum(_broken(path, each) for each in suite.iterfind("testsuite"))
    return max(stated, inside + sum(_has(case, *_FAILED) for case in suite.iterfind("testcase")))


def _number(path: Path, element: Element, name: str) -> int:
    """A count of the report; raises CouldNotRun where it is none, since it may hide a failure."""
    text = element.get(name, "").strip() or "0"
    if not _COUNT.fullmatch(text):
        found = shortened(repr(text), _LONGEST_NAME)
        message = f"{path} is no JUnit report: {name} is {found}, expected a count"
        raise CouldNotRun(message)
    return int(text)


def _has(case: Element, *kinds: str) -> bool:
    return any(case.find(kind) is not None for kind in kinds)


def _too_large(path: Path, size: int, largest: int) -> str:
    return f"{path} has {size:,} bytes; at most {largest:,} are read"
