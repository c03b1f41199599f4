"""CSV: read by a spreadsheet, which runs what looks like a formula."""

from __future__ import annotations

import csv
import io
import re

import pytest
from example_reports import (
    HOSTILE_NAMES,
    failing,
    hostile_report,
    item,
    offender,
    passing,
    report,
    unseen,
)

from compliance.model import Offender
from compliance.printable import printable
from compliance.report import Report
from compliance_cli.formats.csv_rows import COLUMNS, render


def rows(example: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(example), newline=""), strict=True))


def test_each_offender_has_a_row_and_so_has_each_item_without() -> None:
    example = report(
        failing(item("a.b"), [offender("/a"), offender("/b")]),
        passing(item("a.c")),
        unseen(item("a.d")),
    )

    found = [(row["item"], row["status"], row["resource"]) for row in rows(example)]

    group = "arn:aws:logs:us-east-1:123456789012:log-group:"
    assert found == [
        ("a.b", "FAIL", f"{group}/a"),
        ("a.b", "FAIL", f"{group}/b"),
        ("a.c", "PASS", ""),
        ("a.d", "UNKNOWN", ""),
    ]


def test_every_row_says_where_and_when_it_was_seen() -> None:
    row = rows(report(passing(item("a.b"))))[0]

    assert list(row) == list(COLUMNS)
    assert [row[name] for name in COLUMNS[:4]] == [
        "2026-03-01T03:04:05Z",
        "123456789012",
        "us-east-1",
        "production",
    ]


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=cmd|'/c calc'!A0"],
)
def test_no_cell_is_a_formula(name: str) -> None:
    example = report(failing(item("a.b"), [Offender(name, "f", name, name)]))

    row = rows(example)[0]

    assert {row["resource"], row["observed"], row["expected"]} == {f"'{printable(name)}"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x; =1+1", "x;' =1+1"),
        ("x,+1", "x,'+1"),
        ('x;"=1+1"', 'x;"\'=1+1"'),
        ("x;'@SUM(A1)", "x;''@SUM(A1)"),
        ("x;\t-1", "x;' -1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a=b; c-d, e+f@g", "a=b; c-d, e+f@g"),
    ],
)
def test_no_part_of_a_cell_is_a_formula_where_something_else_separates_cells(
    name: str, shown: str
) -> None:
    example = report(failing(item("a.b"), [Offender("arn:x", "f", name, name)]))

    assert rows(example)[0]["observed"] == shown


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_read_with_any_separator_no_cell_begins_as_a_formula(separator: str) -> None:
    names = [f"x;{quotes}{sign}1+1" for quotes in ("", '"', "'", '""') for sign in "=+-@"]
    example = report(failing(item("a.b"), [Offender("arn:x", "f", n, n) for n in names]))

    for cells in csv.reader(render(example).splitlines(), delimiter=separator):
        assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "-", "@"))]


def test_whatever_the_account_is_called_a_row_is_one_line() -> None:
    text = render(hostile_report())

    lines = text.removesuffix("\r\n").split("\r\n")
    assert len(lines) == 1 + len(rows(hostile_report()))
    assert not re.search(r"[\r\n]", "".join(lines))


def test_quotes_commas_and_every_other_name_come_back_as_they_were() -> None:
    named = ('a,"b"\'c', *HOSTILE_NAMES)
    example = report(failing(item("a.b"), [Offender(f"arn:{n}", "f", "o", "e") for n in named]))

    assert [row["resource"] for row in rows(example)] == [printable(f"arn:{n}") for n in named]
