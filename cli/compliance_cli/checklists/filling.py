"""`compliance checklist --fill FILE.md`: ticks the user's own checklist, and nothing else in it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.baseline import load_baseline
from compliance.checklist import load_checklist
from compliance.model import Status
from compliance.printable import printable, shortened
from compliance_cli.failures import CouldNotRun
from compliance_cli.options import baseline_option, rate_share_option
from compliance_cli.reports import ReportData, load_report
from compliance_cli.statements.kept import kept_in
from compliance_cli.terminal import check_writable, print_out, write_file

if TYPE_CHECKING:
    from compliance_cli.checklists.boxes import Document
    from compliance_cli.checklists.matching import Match

__all__ = ["checklist"]

_LARGEST = 5_000_000
_LONGEST_TEXT = 100
_MARK = "\ufeff"
_WORDS = {
    Status.PASS: "hold",
    Status.FAIL: "fail",
    Status.EXCEPTED: "accepted",
    Status.NOT_APPLICABLE: "not applicable",
    Status.UNKNOWN: "unknown",
}


@click.command()
@click.option(
    "--fill",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE.md",
    help="The Markdown checklist to tick.",
)
@click.option(
    "--report",
    "kept",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="REPORT.json",
    help="What `compliance run --format json` found; without it the account is evaluated now.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the ticked checklist here, and leave FILE.md as it is.",
)
@click.option("--dry-run", is_flag=True, help="Print what would change, and stop.")
@click.option("--explain", is_flag=True, help="Print which item each box means, and stop.")
@baseline_option("The values to expect; the product's own production.yaml unless given.")
@rate_share_option
@kept_in
def checklist(  # noqa: PLR0913, PLR0917 -- a parameter per option
    file: Path,
    kept: Path | None,
    output: Path | None,
    baseline: Path,
    rate_share: float,
    stack: str,
    path: Path | None,
    *,
    dry_run: bool,
    explain: bool,
) -> None:
    """Tick the boxes of a Markdown checklist of your own, in your own words.

    A box that means an item gets its tick where the item holds, and a note with the date and the
    evidence or the reason. What fails, is accepted for a time or could not be seen is open; what
    does not apply stays as it is. Nothing else of the file changes, and with a new report the notes
    are renewed.

    Boxes that mean no item are named and left alone. To say what a box means, write
    `<!-- omnitrack: ITEM -->` behind its text.

    \b
    Exit code 0: the checklist is ticked, whether or not everything holds
              2: it could not be; stderr says why
    """  # noqa: D301 -- \b is click's mark for lines that it must not join
    # Imported here: the parser and the stemmer are for this command alone.
    from compliance_cli.checklists.boxes import lines_of, read  # noqa: PLC0415 -- only where it is needed: it is slow to import
    from compliance_cli.checklists.matching import matches  # noqa: PLC0415 -- as above
    from compliance_cli.checklists.notes import filled  # noqa: PLC0415 -- as above

    mark, text = _text_of(file)
    document = read(text)
    found = matches(document, load_checklist())
    if not found:
        message = f"{file} has no boxes: they are list items that begin with [ ] or [x]"
        raise CouldNotRun(message)
    if explain:
        for match in found:
            box = document.boxes[match.box]
            item = match.item or (f"? {match.nearest}" if match.nearest else "?")
            print_out(f"{box.line:>5}  {match.score:.2f}  {item:<36}  {_shown(box.text)}\n")
        return
    if not dry_run:
        check_writable(output or file)
    report = load_report(kept) if kept else _evaluated(baseline, rate_share, stack, path)
    items = {item["id"]: item for item in report["items"]}
    meant = {match.box: items[match.item] for match in found if match.item in items}
    ticked = filled(document, meant, report["evaluated_at"][:10])
    if dry_run:
        print_out("".join(_diff(lines_of(text), lines_of(ticked), str(file))))
    elif output or ticked != text:
        write_file(output or file, mark + ticked)
    _tell(file, document, found, meant)


def _text_of(path: Path) -> tuple[str, str]:
    """The byte order mark of a file, if it has one, and its text with the line ends it has."""
    try:
        if (size := path.stat().st_size) > _LARGEST:
            message = f"cannot tick {path}: it has {size:,} bytes; at most {_LARGEST:,}"
            raise CouldNotRun(message)
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise CouldNotRun(message) from error
    except UnicodeDecodeError as error:
        message = f"cannot tick {path}: it is not UTF-8 text"
        raise CouldNotRun(message) from error
    return (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)


def _evaluated(baseline: Path, rate_share: float, stack: str, path: Path | None) -> ReportData:
    """What `compliance run` finds now."""
    from compliance_cli.run import connect, looked_at  # noqa: PLC0415 -- as boto3 in run

    items = load_checklist().items
    expected = load_baseline(baseline, items=items)
    connection = connect(rate_share)
    try:
        return looked_at(connection, list(items.values()), expected, stack, path).to_json()
    finally:
        connection.close()


def _diff(before: Sequence[str], after: Sequence[str], name: str) -> Iterator[str]:
    """What would change, as `patch` takes it."""
    for line in difflib.unified_diff(before, after, name, name):
        yield line
        if not line.endswith(("\n", "\r")):
            yield "\n\\ No newline at end of file\n"


def _tell(
    file: Path,
    document: Document,
    found: Sequence[Match],
    meant: Mapping[int, Mapping[str, Any]],
) -> None:
    """What became of the boxes, on stderr; those that mean no item are named."""
    known = [match for match in found if match.item]
    counts = Counter(item["status"] for item in meant.values())
    told = [f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status]]
    if absent := len(known) - len(meant):
        told.append(f"{absent} not in the report")
    outcome = f": {', '.join(told)}" if told else ""
    _say(f"{file}: {len(known)} of {len(found)} boxes mean an item{outcome}")
    unknown = [match for match in found if not match.item]
    if unknown:
        _say(f"{len(unknown)} left as they were, since they mean no item:")
    for match in unknown:
        box = document.boxes[match.box]
        if box.pinned is not None:
            why = f"there is no item {box.pinned}"
        else:
            why = f"nearest is {match.nearest}" if match.nearest else "it is like none"
        _say(f"  line {box.line}: {_shown(box.text)} ({why})")


def _say(line: str) -> None:
    click.echo(printable(line), err=True)


def _shown(text: str) -> str:
    return shortened(printable(text), _LONGEST_TEXT)
