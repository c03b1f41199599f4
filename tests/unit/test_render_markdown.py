"""Markdown: a comment on a pull request that no resource's name can break out of."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from example_reports import GROUP, HOSTILE_NAMES, failing, hostile_report, item, offender, report

from compliance.model import Offender
from compliance_cli.formats import markdown
from compliance_cli.formats.markdown import LARGEST, render


def _without_code(text: str) -> str:
    """What is left for Markdown to read: no fenced block, and no code span."""
    text = re.sub(r"^(`{3,})sh\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("forbidden", ["<script", "<img", "@everyone", "https://", "<!--", "[bold"])
def test_names_stand_in_code_where_they_are_literal(forbidden: str) -> None:
    text = render(hostile_report())

    assert forbidden in text
    assert forbidden not in _without_code(text)


def test_details_that_a_name_closes_stay_open_until_their_own_end() -> None:
    text = _without_code(render(hostile_report()))

    assert text.count("<details>") == text.count("</details>")


def test_pipes_in_a_title_do_not_make_cells() -> None:
    text = render(report(failing(item("a.b", title="a|b"), [offender("/a")])))

    assert r"| a\|b |" in text


def test_html_in_a_title_is_text() -> None:
    text = render(report(failing(item("a.b", title="<b>bold</b>"), [offender("/a")])))

    assert r"\<b\>bold\</b\>" in text


def test_a_fence_is_longer_than_any_run_of_backticks_in_a_command() -> None:
    example = report(failing(item("a.b"), [offender("/a")]), remedies={"a.b": ("echo '````'",)})

    assert "\n`````sh\necho '````'\n`````\n" in render(example)


def test_a_command_too_long_to_show_is_left_out_and_never_cut() -> None:
    example = report(
        failing(item("a.b"), [offender("/a")]), remedies={"a.b": ("echo " + "x" * 2000,)}
    )

    assert "echo" not in render(example)


def test_it_fits_a_comment_though_every_item_fails_for_the_longest_names() -> None:
    results = [
        failing(
            item(f"s.item-{at}", title="t" * 66),
            [
                Offender(f"{GROUP}{n}{'x' * 5000}", f"f-{n}", "o" * 5000, "e" * 5000)
                for n in range(50)
            ],
        )
        for at in range(167)
    ]
    remedies = {result.item.id: ("echo " + "x" * 900,) * 50 for result in results}

    assert len(render(report(*results, remedies=remedies))) < LARGEST


def test_the_headline_remains_where_not_even_the_shortest_form_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markdown, "LARGEST", 300)

    text = render(hostile_report())

    assert text.startswith("## OmniTrack AI · production: score 0\n")
    assert "<details>" not in text


def test_an_incomplete_read_of_a_failing_item_is_told() -> None:
    result = replace(failing(item("a.b"), [offender("/a")]), reason="incomplete: x answered y")

    assert "`incomplete: x answered y`" in render(report(result))


def test_every_hostile_name_is_there() -> None:
    text = render(hostile_report())

    assert all(name in text for name in HOSTILE_NAMES if name.isprintable() and len(name) < 200)
