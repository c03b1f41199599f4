"""What people stated, in the formats for people: who attested until when, and what is accepted."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from defusedxml.ElementTree import fromstring
from example_reports import HOSTILE_NAMES, item, report
from example_statements import LEAD, NOW, attestation, exception, item_of

from compliance.model import How, ItemResult, Offender, Severity, Status
from compliance.report import Report
from compliance.statements.deciding import decide
from compliance.statements.records import Author, Statement
from compliance.statements.standing import Statements
from compliance_cli.formats import csv_rows, junit, markdown, table

RENDERERS = {"table": table.render, "markdown": markdown.render}
OFFENDERS = (Offender("arn:one", "open", "open", "closed"), Offender("arn:two", "open", "o", "c"))


def accepted(*stated: Statement, severity: str = "high") -> ItemResult:
    """An item that two things offend, with what people accepted of it."""
    found = ItemResult(
        item_of(How.CHECK, severity=severity), Status.FAIL, "2 of 2 things: open", (), OFFENDERS
    )
    return decide(found, Statements.of(stated), NOW)


def attested(
    valid_days: float = 90, by: Author = LEAD, name: str = "rollback.tested"
) -> ItemResult:
    stated = attestation(valid=valid_days, by=by)
    what = item_of()
    result = decide(ItemResult(what, Status.UNKNOWN, ""), Statements.of([stated]), NOW)
    return replace(result, item=replace(what, id=name))


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("render", RENDERERS)
def test_what_is_accepted_says_by_whom_until_when_and_why(render: str) -> None:
    text = words(RENDERERS[render](report(accepted(exception("arn:*")))))

    assert "rollback.tested" in text
    assert (
        "2 offenders accepted by the devops lead until 2026-06-20: a migration is under way" in text
    )


@pytest.mark.parametrize("render", RENDERERS)
def test_a_failing_item_says_what_of_it_is_accepted(render: str) -> None:
    text = words(RENDERERS[render](report(accepted(exception("arn:one")))))

    assert "1 offender accepted by the devops lead until 2026-06-20" in text
    assert "Accepted for now" not in text


@pytest.mark.parametrize("render", RENDERERS)
def test_an_exception_that_matches_nothing_is_told(render: str) -> None:
    text = words(RENDERERS[render](report(accepted(exception("arn:gone")))))

    assert "nothing left to accept by the devops lead until 2026-06-20" in text


@pytest.mark.parametrize("render", RENDERERS)
def test_an_exception_that_is_over_is_not_told_as_one(render: str) -> None:
    over = exception("arn:one", days_ago=20, days=10)

    assert "accepted by" not in words(RENDERERS[render](report(accepted(over))))


@pytest.mark.parametrize("render", RENDERERS)
def test_what_people_attest_says_who_and_until_when_the_first_to_end_on_top(render: str) -> None:
    late, soon = attested(80, name="a.late"), attested(20, name="a.soon")

    text = words(RENDERERS[render](report(late, soon)))

    assert text.index("a.soon") < text.index("a.late")
    assert "attested by the devops lead until 2026-06-20" in text


@pytest.mark.parametrize("render", RENDERERS)
def test_a_word_that_does_not_count_is_an_offender_and_no_attestation(render: str) -> None:
    text = RENDERERS[render](report(attested(-1)))

    assert "it ended on" in text
    assert "ttested by" not in text


@pytest.mark.parametrize("render", RENDERERS)
def test_without_statements_nothing_is_said_of_them(render: str) -> None:
    text = RENDERERS[render](report(ItemResult(item("a.b"), Status.PASS, "fine")))

    assert "ttested" not in text
    assert "ccepted" not in text


def test_the_most_severe_of_what_is_accepted_comes_first() -> None:
    low, critical = (
        replace(accepted(exception("arn:*", days=5), severity=severity), item=item(name, severity))
        for name, severity in (("a.low", Severity.LOW), ("a.critical", Severity.CRITICAL))
    )

    for render in RENDERERS.values():
        text = render(report(low, critical))
        assert text.index("a.critical") < text.index("a.low")


def many() -> Report:
    results = [
        replace(each, item=replace(each.item, id=f"a.{kind}-{n}"))
        for kind, each in (("word", attested()), ("exception", accepted(exception("arn:*"))))
        for n in range(167)
    ]
    return report(*results)


def test_the_table_counts_the_attestations_that_it_does_not_name() -> None:
    text = table.render(many())

    assert text.count("attested by") == 12
    assert "and 155 items more" in text


def test_markdown_with_every_statement_fits_a_comment() -> None:
    long = replace(exception("arn:*"), reason="r" * 5000)
    results = [
        replace(each, item=replace(each.item, id=f"a.b-{n}"))
        for each in [accepted(long)]
        for n in range(400)
    ]

    text = markdown.render(report(*results))

    assert len(text) < markdown.LARGEST
    assert "items more" in text


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_no_persons_name_is_markup_or_obeyed(name: str) -> None:
    by = Author(name)
    example = report(
        accepted(replace(exception("arn:*"), author=by, reason=name)), attested(by=by, name="a.b")
    )

    for render in RENDERERS.values():
        assert not [each for each in render(example).replace("\n", "") if not each.isprintable()]
    outside = markdown.render(example).replace("`", "\x00")
    assert "\n<script>" not in outside
    assert outside.count("<details>") == 1


def test_csv_and_junit_tell_what_people_stated_too() -> None:
    example = report(attested(name="a.b"), accepted(exception("arn:*")))
    evidence = "attested by the devops lead until 2026-08-29: https://wiki.omnitrack.example/plan"

    rows = csv.DictReader(io.StringIO(csv_rows.render(example), newline=""))
    told = [row["statements"] for row in rows]
    cases = fromstring(junit.render(example).encode()).iter("testcase")

    assert told[0] == evidence
    assert told[1].startswith("2 offenders accepted by the devops lead until 2026-06-20: ")
    assert [case.findtext("system-out") for case in cases] == told


def test_the_exception_that_ends_first_is_told_first() -> None:
    late = exception("arn:one", days=25, name="late")
    soon = exception("arn:two", days=3, name="soon")

    text = words(table.render(report(accepted(late, soon))))

    ends = [f"{NOW + timedelta(days=days - 1):%Y-%m-%d}" for days in (3, 25)]
    assert [text.index(end) for end in ends] == sorted(text.index(end) for end in ends)
