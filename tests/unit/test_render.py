"""What every format for people keeps to, whatever the account's resources are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_reports import (
    HOSTILE_NAMES,
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

from compliance.documents import violations
from compliance.model import ItemResult, Severity, Status
from compliance.printable import printable, shortened
from compliance.report import SCHEMA, Report
from compliance_cli.formats import (
    Format,
    format_for,
    html_page,
    json_text,
    markdown,
    outline,
    table,
)

Render = Callable[[Report], str]

RENDERERS = {
    "table": table.render,
    "markdown": markdown.render,
    "html": html_page.render,
    "json": json_text.render,
}
FOR_PEOPLE = [RENDERERS[name] for name in ("table", "markdown", "html")]


@pytest.fixture
def schema() -> Any:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_no_control_character_of_a_name_reaches_the_reader(render: Render) -> None:
    text = render(hostile_report())

    assert not [each for each in text.replace("\n", "") if not each.isprintable()]


@pytest.mark.parametrize("render", FOR_PEOPLE)
def test_a_name_that_reverses_its_neighbours_is_shown_for_what_it_is(render: Render) -> None:
    assert r"abc\u202egnp.exe" in render(hostile_report())


@pytest.mark.parametrize("render", FOR_PEOPLE)
def test_what_fails_comes_by_severity_and_then_in_the_checklists_order(render: Render) -> None:
    names = ["a.low", "b.critical", "c.high", "d.critical"]
    results = [
        failing(item(name, Severity(name.partition(".")[2])), [offender("/a")]) for name in names
    ]

    text = render(report(*results))
    places = [text.index(name) for name in ("b.critical", "d.critical", "c.high", "a.low")]

    assert places == sorted(places)


@pytest.mark.parametrize("render", FOR_PEOPLE)
def test_what_could_not_be_seen_names_the_missing_permission(render: Render) -> None:
    assert "grant logs:DescribeLogGroups" in " ".join(render(report(unseen(item("a.b")))).split())


@pytest.mark.parametrize("render", FOR_PEOPLE)
def test_low_coverage_is_explained_in_one_sentence(render: Render) -> None:
    text = render(report(passing(item("a.b")), unchecked(item("a.c")), unseen(item("a.d"))))

    sentence = "1 of 3 items decided; 1 has no check yet and 1 could not be seen."
    assert sentence in " ".join(text.split())


@pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS)
def test_a_run_in_which_nothing_weighs_still_renders(render: Render) -> None:
    reason = "no health data is processed"
    nothing = ItemResult(item("a.b"), Status.NOT_APPLICABLE, reason, reason=reason)

    assert "OmniTrack AI" in render(report(nothing))


def test_items_blinded_by_one_cause_are_told_together() -> None:
    causes = outline.blindnesses(report(unseen(item("a.b")), unseen(item("a.c"))))

    assert [[each.item.id for each in cause.results] for cause in causes] == [["a.b", "a.c"]]


def test_two_resources_of_one_name_are_told_apart_by_their_arns() -> None:
    here = offender("/a")
    there = offender("/b")
    elsewhere = type(here)(here.resource.replace("us-east-1", "eu-west-1"), "f", "o", "e")

    names = outline.names([here, there, elsewhere])

    assert names[here.resource] == here.resource
    assert names[there.resource] == "/b"


def test_a_line_break_in_a_quoted_name_does_not_become_a_command_of_its_own() -> None:
    """Whoever pastes a line would run the rest of somebody's resource name."""
    hostile = "aws logs put 'x\nrm -rf ~\n' --region r"
    example = report(failing(item("a.b"), [offender("/a")]), remedies={"a.b": (hostile,)})

    assert "\nrm -rf" not in table.render(example)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_whatever_is_shown_is_one_printable_line(name: str) -> None:
    assert printable(name).isprintable()


def test_a_long_name_keeps_both_of_its_ends() -> None:
    assert shortened("arn:" + "x" * 5000 + "/end", 20) == "arn:xxxxxx…xxxxx/end"


@pytest.mark.parametrize(
    "example",
    [
        report(failing(item("a.b"), [offender("/a")], of=9), remedies={"a.b": ("aws x",)}),
        report(passing(item("a.b")), unchecked(item("a.c")), unseen(item("a.d"))),
        hostile_report(),
        report(),
    ],
    ids=["failing", "unknown", "hostile", "empty"],
)
def test_the_json_has_the_published_shape(example: Report, schema: Any) -> None:
    assert list(violations(json.loads(json_text.render(example)), schema)) == []


def test_the_json_keeps_every_name_as_aws_gives_it() -> None:
    first = json.loads(json_text.render(hostile_report()))["items"][0]

    assert [each["observed"] for each in first["offenders"]] == list(HOSTILE_NAMES)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("surprise",), 1),
        (("items", 0, "status"), "SKIPPED"),
        (("counts", "FAIL"), -1),
        (("score",), 100.1),
        (("evaluated_at",), "yesterday"),
    ],
)
def test_the_schema_refuses_what_the_shape_does_not_allow(
    path: tuple[str | int, ...], value: object, schema: Any
) -> None:
    document = json.loads(json_text.render(report(passing(item("a.b")))))
    target = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value

    assert list(violations(document, schema))


def test_every_part_of_the_schema_says_what_it_means(schema: Any) -> None:
    def mute(part: dict[str, Any], where: str) -> list[str]:
        found = []
        for name, inner in (part.get("properties", {}) | part.get("$defs", {})).items():
            found += [] if "description" in inner else [f"{where}.{name}"]
            found += mute(inner, f"{where}.{name}")
        return found

    assert mute(schema, "report") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.json", Format.JSON),
        ("a.MD", Format.MARKDOWN),
        ("a.html", Format.HTML),
        ("a.csv", Format.CSV),
        ("junit.xml", Format.JUNIT),
        ("a.txt", "table"),
    ],
)
def test_a_files_ending_asks_for_its_format(name: str, expected: str) -> None:
    assert format_for(Path(name)) == expected


@pytest.mark.parametrize(
    ("render", "most"),
    [(table.render, 3_000), (markdown.render, markdown.LARGEST), (html_page.render, 5_000_000)],
    ids=["table", "markdown", "html"],
)
def test_ten_thousand_offenders_stay_within_bounds(render: Render, most: int) -> None:
    assert len(render(huge_report()).encode()) < most
