"""The table: read in a terminal at night, and in a log without colours."""

from __future__ import annotations

import re

from example_reports import (
    failing,
    hostile_report,
    huge_report,
    item,
    offender,
    passing,
    report,
    unchecked,
    unseen,
)
from rich.cells import cell_len

from compliance.model import Offender, Severity
from compliance_cli.formats import table

COMMAND = "aws logs put-retention-policy --log-group-name /a --retention-in-days 30 " * 3


def test_only_commands_are_wider_than_the_page() -> None:
    text = table.render(hostile_report(), width=80)

    wide = [line for line in text.splitlines() if cell_len(line) > 80]
    assert all(line.startswith("    aws ") for line in wide)


def test_a_command_stays_on_one_line_so_that_it_can_be_pasted() -> None:
    text = table.render(
        report(failing(item("a.b"), [offender("/a")]), remedies={"a.b": (COMMAND.strip(),)})
    )

    assert f"    {COMMAND.strip()}\n" in text


def test_offenders_show_what_was_observed_and_what_is_expected_in_columns() -> None:
    found = [offender("/aws/lambda/a"), offender("/aws/lambda/longer")]

    text = table.render(report(failing(item("a.b"), found)))

    assert "    /aws/lambda/a       never expires → 30 to 400 days\n" in text
    assert "    /aws/lambda/longer  never expires → 30 to 400 days\n" in text


def test_a_long_observation_moves_below_the_name() -> None:
    found = [Offender("/a", "f", "o" * 40, "e" * 40)]

    text = table.render(report(failing(item("a.b"), found)))

    assert "    /a\n      ooo" in text


def test_five_offenders_are_named_and_the_others_counted() -> None:
    text = table.render(huge_report())

    assert text.count("never expires →") == 5
    assert "and 9,995 more" in text


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    assert "[bold red]not markup[/bold red]" in table.render(hostile_report(), colour=True)


def test_colour_says_nothing_that_the_words_do_not() -> None:
    example = report(failing(item("a.b", Severity.CRITICAL), [offender("/a")]), unseen(item("a.c")))

    coloured = table.render(example, colour=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == table.render(example, colour=False)


def test_no_line_ends_in_spaces() -> None:
    assert not re.search(r" $", table.render(hostile_report()), re.MULTILINE)


def test_what_nothing_decides_yet_is_a_count_and_no_list() -> None:
    text = table.render(report(passing(item("a.b")), unchecked(item("z.later"))))

    assert "z.later" not in text
    assert "1 section more has no check yet" in text


def test_all_well_is_said_only_where_everything_was_seen() -> None:
    assert "Everything holds." in table.render(report(passing(item("a.b"))))
    assert "Everything holds." not in table.render(report(unseen(item("a.b"))))
