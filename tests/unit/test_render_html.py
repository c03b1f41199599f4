"""The page: one file that needs no network, and in which nothing of the account is run."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from example_reports import (
    AUTHOR,
    GROUP,
    HOSTILE_NAMES,
    attested,
    excepted,
    failing,
    hostile_report,
    huge_report,
    item,
    offender,
    passing,
    remembering,
    report,
    unseen,
)

from compliance.model import ItemResult, Offender, Severity, Status
from compliance.report import Report
from compliance.statements.standing import Ended, Exceptions
from compliance_cli.formats.html_page import LARGEST, render

VOID = {"meta", "input", "br", "hr", "img", "link"}


class _Page(HTMLParser):
    """The tags of a page, its ids and links, and whether everything that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page() -> _Page:
    example = report(
        failing(item("logs.retention", Severity.CRITICAL), [offender("/a"), offender("/b")], of=9),
        unseen(item("logs.groups")),
        passing(item("tables.pitr")),
        remedies={"logs.retention": ("aws logs put-retention-policy --log-group-name /a",)},
    )
    return _Page(render(example))


def test_everything_that_opens_closes(page: _Page) -> None:
    assert page.open == []


def test_it_asks_for_nothing_beside_itself(page: _Page) -> None:
    asks = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "srcset", "href", "action"} and not (value or "").startswith("#")
    ]

    assert asks == []


def test_every_link_leads_somewhere(page: _Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]

    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ids} >= {link["href"] for link in page.named("a")}


def test_headings_descend_without_a_gap(page: _Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("landmark", ["header", "nav", "main"])
def test_it_has_the_landmarks_that_readers_jump_to(page: _Page, landmark: str) -> None:
    assert page.named(landmark)


def test_every_field_of_the_filter_has_its_label(page: _Page) -> None:
    labelled = {label["for"] for label in page.named("label")}

    assert {field["id"] for tag in ("input", "select") for field in page.named(tag)} == labelled


def test_the_filter_is_hidden_from_who_runs_no_script(page: _Page) -> None:
    assert all("hidden" in form for form in page.named("form"))


def test_status_is_written_and_not_only_coloured(page: _Page) -> None:
    words = {word.strip() for word in page.words}

    assert {"FAIL", "UNKNOWN", "PASS", "critical"} <= words


def test_the_browser_may_run_only_the_pages_own_script() -> None:
    text = render(hostile_report())
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()

    assert len(scripts) == 1
    assert f"script-src &#39;sha256-{digest}&#39;" in text


def test_no_hostile_name_becomes_a_tag_or_an_attribute() -> None:
    hostile = _Page(render(hostile_report()))

    assert hostile.open == []
    assert not hostile.named("img")
    assert not [
        name for _, attributes in hostile.tags for name in attributes if name.startswith("on")
    ]


def test_hostile_names_are_read_as_they_are_written() -> None:
    words = "".join(_Page(render(hostile_report())).words)

    assert all(name in words for name in HOSTILE_NAMES if name.isprintable() and len(name) < 600)


def test_a_right_to_left_name_stays_apart_from_its_neighbours() -> None:
    assert "<bdi>\u05e9\u05dc\u05d5\u05dd</bdi>" in render(hostile_report())


def _said(what: Report) -> str:
    return " ".join(" ".join(_Page(render(what)).words).split())


def test_it_says_who_attested_when_until_when_and_on_what() -> None:
    said = _said(report(attested(item("people.on-call"))))

    assert (
        f"attested by The Devops Lead ( {AUTHOR.arn} ) on 20 February 2026, 03:04 UTC, valid until "
        "1 May 2026, 00:00 UTC. Evidence: https://wiki.example/on-call."
    ) in said


def test_an_attestation_that_does_not_count_is_not_called_one() -> None:
    stated = attested(item("people.on-call"))
    assert stated.standing is not None
    fault = Offender("attestation:people.on-call", "expired", "it ended", "stated")
    ended = replace(stated, standing=replace(stated.standing, fault=fault))

    assert "expired by The Devops Lead" in _said(report(ended))
    assert "attested by Robin" not in _said(report(ended)).replace(ended.summary, "")


def test_each_exception_says_by_whom_until_when_why_and_how_much_it_takes() -> None:
    said = _said(report(excepted(item("logs.exports"))))

    for part in ("The Devops Lead", "15 March 2026", "moved to the new bucket", "takes 1 offender"):
        assert part in said


def test_an_exception_that_is_over_says_so() -> None:
    result = excepted(item("logs.exports"))
    assert result.exceptions is not None
    (each,) = result.exceptions.in_force
    over = replace(result, accepted=(), exceptions=Exceptions((), ((each, Ended.OVER),)))

    assert "ended takes 0 offenders" in _said(report(over))


def test_without_a_state_there_is_no_trend_and_no_since() -> None:
    assert 'id="trend"' not in render(report(passing(item("a.b"))))
    assert ", since" not in _said(report(passing(item("a.b"))))


def test_the_trend_is_told_in_words_and_figures() -> None:
    said = _said(remembering(report(passing(item("a.b")))))

    assert (
        "The score went from 50 on 27 February 2026, 03:04 UTC to 62.5 on 1 March 2026, 03:04 UTC; "
        "it was never below 50 or above 75."
    ) in said
    assert "28 February 2026, 03:04 UTC 75 80 2 1" in said


def test_it_says_since_when_an_item_has_its_status_and_only_its_own() -> None:
    what = remembering(report(passing(item("a.b"))))
    assert what.history is not None
    other = {"a.b": (Status.FAIL, what.evaluated_at)}

    assert ", since 27 February 2026" in _said(what)
    assert ", since" not in _said(replace(what, history=replace(what.history, since=other)))


def test_a_report_of_the_state_says_that_nothing_was_evaluated() -> None:
    said = _said(replace(report(passing(item("a.b"))), remembered=True))

    assert "Nothing was evaluated for this report" in said
    assert "Last seen" in said


def test_each_severity_has_its_score() -> None:
    said = _said(
        report(
            failing(item("a.b", Severity.CRITICAL), [offender("/a")]),
            passing(item("a.c", Severity.CRITICAL)),
            passing(item("a.d", Severity.LOW)),
        )
    )

    assert "Critical weighs 8 50 1 1 0 0" in said
    assert "Low weighs 1 100 1 0 0 0" in said


def test_offenders_past_the_first_unfold() -> None:
    text = render(huge_report(offenders=12))

    assert "<summary>7 more</summary>" in text
    assert text.count("<td data-is") == 2 * 12


def test_what_a_browser_could_not_take_is_counted() -> None:
    long = "é" * 600
    many = [Offender(f"{GROUP}{n}{long}", "f", long, long) for n in range(5_000)]

    text = render(report(failing(item("a.b"), many)))

    assert len(text.encode()) < LARGEST
    assert re.search(r"[\d,]+ more offend; the JSON report names them all", text)


def _accepting(number: int, *, over: int = 0, long: str = "") -> ItemResult:
    """An item with so many exceptions, the last to end first, and some that are over."""
    result = excepted(item("a.b"))
    assert result.exceptions is not None
    (one,) = result.exceptions.in_force
    made = [
        replace(one, id=f"e{n}", resource=f"arn:{n}/{long}", until=one.until + timedelta(minutes=n))
        for n in range(number, 0, -1)
    ]
    ended = [
        (replace(one, id=f"o{n}", resource=f"over:{n}", until=one.at), Ended.OVER)
        for n in range(over)
    ]
    exceptions = Exceptions(tuple(made), tuple(ended))
    return replace(result, accepted=(), exceptions=exceptions)


def test_of_very_many_exceptions_those_that_count_and_end_first_are_named() -> None:
    text = render(report(_accepting(10_000, over=5)))

    assert re.findall(r"arn:(\d+)/", text) == [f"{n}" for n in range(1, 201)]
    assert "over:" not in text
    assert '<h2 id="exceptions">Exceptions <span>10,005</span>' in text
    assert "and 9,805 exceptions more; <code>compliance run --format json</code>" in text
    assert len(text.encode()) < 300_000


def test_exceptions_that_are_over_stand_below_those_that_count() -> None:
    text = render(report(_accepting(2, over=1)))

    assert re.findall(r"(arn:\d+|over:\d+)", text) == ["arn:1", "arn:2", "over:0"]
    assert "names them all" not in text


def test_exceptions_and_offenders_together_stay_below_the_largest_page() -> None:
    long = "<" * 2_000
    many = [Offender(f"{GROUP}{n}{long}", "f", long, long) for n in range(5_000)]
    accepting = replace(
        _accepting(300, long=long), offenders=tuple(many), status=Status.FAIL, summary=long
    )

    text = render(report(accepting))

    assert len(text.encode()) < LARGEST
    assert re.search(r"and \d+ exceptions more", text)


def test_a_command_with_quotes_is_copied_as_it_is() -> None:
    example = report(
        failing(item("a.b"), [offender("/a")]), remedies={"a.b": ("echo 'a & b' > c",)}
    )

    assert "echo 'a & b' > c" in "".join(_Page(render(example)).words)
