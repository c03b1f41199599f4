"""JUnit: what a pipeline gates on."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from example_reports import (
    GROUP,
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

from compliance.model import ItemResult, Offender, Status
from compliance.printable import printable
from compliance.report import Report
from compliance_cli.formats.junit import render

# The schema that Jenkins publishes: of each element its attributes (those that must be there with
# a mark) and its children.
SCHEMA = {
    "testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, {"testsuite"}),
    "testsuite": (
        {"name!", "tests!", "failures", "errors", "time", "disabled", "skipped", "timestamp"}
        | {"hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name!", "value!"}, set()),
    "testcase": (
        {"name!", "assertions", "time", "classname!", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


def parsed(example: Report) -> Element:
    root: Element = fromstring(render(example).encode(), forbid_dtd=True)
    return root


def violations(element: Element) -> list[str]:
    attributes, children = SCHEMA[element.tag]
    allowed = {name.rstrip("!") for name in attributes}
    needed = {name.rstrip("!") for name in attributes if name.endswith("!")}
    wrong = [f"{element.tag}@{name}" for name in set(element.attrib) - allowed]
    wrong += [f"{element.tag} lacks {name}" for name in needed - set(element.attrib)]
    for child in element:
        wrong += violations(child) if child.tag in children else [f"{element.tag}/{child.tag}"]
    return wrong


def example() -> Report:
    reason = "no health data is processed"
    return report(
        failing(item("a.fails"), [offender("/a")], of=9),
        passing(item("a.passes")),
        unseen(item("b.unseen")),
        unchecked(item("b.unchecked")),
        ItemResult(item("b.nothing"), Status.NOT_APPLICABLE, reason, reason=reason),
        ItemResult(item("b.accepted"), Status.EXCEPTED, "1 offender accepted until 2026-03-09"),
        remedies={"a.fails": ("aws logs mend",)},
    )


@pytest.mark.parametrize("each", [example(), hostile_report(), huge_report(), report()])
def test_the_xml_has_the_published_shape(each: Report) -> None:
    assert violations(parsed(each)) == []


def test_a_section_is_a_suite_that_counts_its_items() -> None:
    suites = {suite.get("id"): suite.attrib for suite in parsed(example())}

    counts = ("name", "tests", "failures", "errors", "skipped")
    assert [suites["a"][name] for name in counts] == ["A", "2", "1", "0", "0"]
    assert [suites["b"][name] for name in counts] == ["B", "4", "0", "2", "2"]


def test_the_whole_counts_what_its_suites_hold() -> None:
    root = parsed(example())

    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert int(root.attrib[name]) == len(list(root.iter(tag)))


@pytest.mark.parametrize(
    ("name", "outcome", "message"),
    [
        ("a.fails", "failure", "1 of 9 log groups: /a (never expires)"),
        ("b.unseen", "error", "cannot see: logs:DescribeLogGroups"),
        ("b.unchecked", "error", "no check yet"),
        ("b.nothing", "skipped", "no health data is processed"),
        ("b.accepted", "skipped", "1 offender accepted until 2026-03-09"),
    ],
)
def test_what_does_not_pass_says_why(name: str, outcome: str, message: str) -> None:
    case = next(each for each in parsed(example()).iter("testcase") if each.get("name") == name)

    assert [child.tag for child in case] == [outcome]
    assert case[0].attrib["message"].startswith(message)


def test_what_passes_is_a_case_and_nothing_more() -> None:
    case = next(
        each for each in parsed(example()).iter("testcase") if each.get("name") == "a.passes"
    )

    assert list(case) == []


def test_a_failure_names_the_offenders_and_how_to_mend_them() -> None:
    text = next(parsed(example()).iter("failure")).text

    assert text == "A title\n/a: never expires → 30 to 400 days\nFix: aws logs mend"


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "\x00\x0b\ufffe\ud800", "]]>", "&lt;"])
def test_every_name_comes_back_as_printable_text(name: str) -> None:
    found = failing(item("a.b"), [Offender(GROUP + name, "f", name, "e")])

    text = next(parsed(report(found)).iter("failure")).text

    assert text is not None
    assert f"{printable(name)}: {printable(name)} → e" in text


def test_two_hundred_offenders_are_named_and_the_others_counted() -> None:
    text = next(parsed(huge_report()).iter("failure")).text

    assert text is not None
    assert text.count("never expires →") == 200
    assert "\nand 9,800 more\n" in text
