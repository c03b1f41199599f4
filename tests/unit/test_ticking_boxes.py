"""Ticking a checklist: the boxes that Markdown has, and not a byte changed beside them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from example_checklist import CHECKLIST, MEANT
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from compliance_cli.checklists.boxes import lines_of, read
from compliance_cli.checklists.notes import filled

DAY = "2026-03-01"
NOTE = re.compile(r" <!-- omnitrack: \S+ -->[^\r\n]*<!-- /omnitrack -->")


def item(status: str = "PASS", name: str = "dynamodb.ttl", **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "status": status,
        "summary": "3 tables: fine",
        "reason": None,
        "attestation": None,
        "exception": None,
        "since": None,
        **fields,
    }


def tick(text: str, *items: dict[str, Any], day: str = DAY) -> str:
    """The text with its boxes ticked, in their order, as the items are."""
    return filled(read(text), dict(enumerate(items)), day)


def boxes(text: str) -> list[str]:
    return [box.text for box in read(text).boxes]


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] a box",
        "* [ ] a box",
        "+ [x] a box",
        "- [X] a box",
        "1. [ ] a box",
        "7) [ ] a box",
        "   -   [ ]   a box",
        "-\t[ ]\ta box",
        "> - [ ] a box",
    ],
)
def test_every_kind_of_list_has_boxes(line: str) -> None:
    assert boxes(f"{line}\n") == ["a box"]


@pytest.mark.parametrize(
    "text",
    [
        "[ ] no list",
        "- [] nothing between",
        "- [ ]no space",
        "- [ ]",
        "- [-] another mark",
        "- a [ ] later",
        "```\n- [ ] in a fence\n```",
        "~~~md\n- [ ] in a fence\n~~~",
        "    - [ ] in indented code",
        "- item\n\n      - [ ] in indented code of an item",
        "<!--\n- [ ] in a comment\n-->",
        "- # [ ] a heading",
        "- `[ ] code`",
    ],
)
def test_what_looks_like_a_box_and_is_none_is_left_alone(text: str) -> None:
    assert boxes(text) == []


def test_a_box_knows_what_it_stands_under_the_nearest_first() -> None:
    text = "# A\n## B\n### Gone\n## C\n**D:**\n\n- E\n  - [ ] F\n    1. [ ] a box\n"

    assert read(text).boxes[1].contexts == ("F", "E", "**D:**", "C", "A")


def test_what_holds_is_ticked_with_its_date_and_its_evidence() -> None:
    assert tick("- [ ] TTL\n", item()) == (
        "- [x] TTL <!-- omnitrack: dynamodb.ttl --> — 2026-03-01 holds: `3 tables: fine`"
        "<!-- /omnitrack -->\n"
    )


def test_what_fails_is_open_with_the_reason_and_since_when() -> None:
    failing = item("FAIL", summary="2 of 3 tables: a (off)", since="2026-02-20T01:02:03Z")

    ticked = tick("- [x] TTL\n", failing)

    assert ticked.startswith("- [ ] TTL ")
    assert "— 2026-03-01 **fails** since 2026-02-20: `2 of 3 tables: a (off)`<" in ticked


def test_what_could_not_be_seen_is_open_and_says_why() -> None:
    ticked = tick("- [x] TTL\n", item("UNKNOWN", reason="cannot see: refused"))

    assert ticked.startswith("- [ ] TTL ")
    assert "— 2026-03-01 **unknown**: `cannot see: refused`<" in ticked


@pytest.mark.parametrize("mark", [" ", "x", "X"])
def test_what_does_not_apply_stays_as_it_is_and_says_why(mark: str) -> None:
    ticked = tick(f"- [{mark}] TTL\n", item("NOT_APPLICABLE", reason="no tables"))

    assert ticked.startswith(f"- [{mark}] TTL ")
    assert "— 2026-03-01 does not apply: `no tables`<" in ticked


def test_what_is_accepted_is_open_and_says_by_whom_until_when_and_why() -> None:
    accepted = {"by": "the lead", "until": "2026-03-20T00:00:00Z", "reason": "moving", "accepts": 2}
    idle = accepted | {"by": "nobody", "accepts": 0}

    ticked = tick("- [x] TTL\n", item("EXCEPTED", exception=[idle, accepted]))

    assert ticked.startswith("- [ ] TTL ")
    assert "**fails, accepted**: `by the lead until 2026-03-20: moving`<" in ticked


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        ({"link": "https://wiki.example/a"}, "; https://wiki.example/a"),
        ({"file": "a.pdf", "sha256": "0" * 64}, "; a.pdf"),
        ({"value": {"number": 4.0, "unit": "hours"}}, "; 4 hours"),
    ],
)
def test_a_persons_word_shows_what_it_rests_on(evidence: dict[str, Any], shown: str) -> None:
    stated = {"fault": None, "evidence": evidence}

    assert f"`3 tables: fine{shown}`" in tick("- [ ] TTL\n", item(attestation=stated))


def test_a_tick_that_is_there_stays_the_letter_that_it_is() -> None:
    assert tick("- [X] TTL\n", item()).startswith("- [X] TTL ")


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] TTL",
        "- [ ] TTL  \n",
        "- [ ] TTL\t\r\n\r\nend",
        "- [ ] TTL\r- [ ] other\r",
        "\n\n  *  [ ]\tTTL \n\n\n```\n- [ ] code\n```",
        "- [ ] TTL that goes\n  on and on  \n  to its end \n- other",
        "- [ ] TTL `with one ` too many\n",
        "> - [ ] TTL\n> goes on\n",
        "- [ ] TTL\n\u2028\n",
        "- [ ] TTL\u2028and\x0bmore\x00\n",
        "1. \u00a0\n   [ ] TTL\n",
        "- \u2003\n  \u00a0\n  [ ] TTL\n  goes on\n",
        "- [ ] TTL\n  \u00a0\n",
    ],
)
def test_nothing_but_the_tick_and_the_note_changes(text: str) -> None:
    ticked = tick(text, item())

    assert len(NOTE.findall(ticked)) == 1
    assert NOTE.sub("", ticked).replace("[x]", "[ ]") == text


def test_a_note_stands_at_the_end_of_a_box_of_several_lines() -> None:
    lines = tick("- [ ] TTL that goes\n  on\n", item()).splitlines()

    assert lines[0] == "- [x] TTL that goes"
    assert lines[1].startswith("  on <!-- omnitrack")


def test_what_stands_behind_a_note_is_kept_when_it_is_renewed() -> None:
    before = tick("- [ ] TTL\n", item()).replace("/omnitrack -->", "/omnitrack --> (ask Ada) ")

    after = tick(before, item("FAIL", summary="off"), day="2026-04-01")

    assert after.endswith("2026-04-01 **fails**: `off`<!-- /omnitrack --> (ask Ada) \n")
    assert after.count("2026-0") == 1


def test_the_mark_by_which_a_user_names_the_item_becomes_the_note() -> None:
    ticked = tick("- [ ] Ours <!-- omnitrack: dynamodb.ttl --> (ask Ada)\n", item())

    assert ticked == (
        "- [x] Ours <!-- omnitrack: dynamodb.ttl --> — 2026-03-01 holds: `3 tables: fine`"
        "<!-- /omnitrack --> (ask Ada)\n"
    )


@pytest.mark.parametrize(
    "summary",
    [
        "`a` and ``b``",
        "a <!-- /omnitrack --> b <!-- omnitrack: x.y --> c",
        "two\nlines\r\nand \x1b[31m red",
        "@everyone #1 https://phish.example <script>",
        "x" * 5000,
        "",
    ],
)
def test_whatever_the_account_is_called_the_note_is_one_line_that_is_found_again(
    summary: str,
) -> None:
    once = tick("- [ ] TTL\n- [ ] other\n", item(summary=summary))

    assert len(once.splitlines()) == 2
    assert len(once) < 500
    assert boxes(once) == ["TTL", "other"]
    assert tick(once, item(summary="b")) == tick("- [ ] TTL\n- [ ] other\n", item(summary="b"))


GROUP = "- [ ] Data\n  - [ ] TTL\n  - [{}] Backups\n"


@pytest.mark.parametrize(
    ("first", "second", "mark"),
    [
        ("PASS", "PASS", "x"),
        ("PASS", "NOT_APPLICABLE", "x"),
        ("PASS", "FAIL", " "),
        ("PASS", "UNKNOWN", " "),
        ("EXCEPTED", "PASS", " "),
    ],
)
def test_a_box_that_heads_others_is_ticked_once_all_of_them_are(
    first: str, second: str, mark: str
) -> None:
    document = read(GROUP.format(" "))

    text = filled(document, {1: item(first), 2: item(second)}, DAY)

    assert text.startswith(f"- [{mark}] Data\n")


def test_a_box_that_heads_boxes_that_head_others_is_ticked_with_them() -> None:
    text = "- [ ] All\n  - [ ] Data\n    - [ ] TTL\n"

    ticked = filled(read(text), {2: item()}, DAY)

    assert ticked.startswith("- [x] All\n  - [x] Data\n")


def test_a_code_span_that_the_user_left_open_does_not_swallow_the_note() -> None:
    ticked = tick("- [ ] TTL `of tables\n", item())

    shown = [token.type for token in MarkdownIt().parse(ticked)[3].children or ()]
    assert shown.count("html_inline") == 2


@pytest.mark.parametrize(("by_hand", "mark"), [("x", "x"), (" ", " ")])
def test_a_box_below_that_means_no_item_counts_by_its_own_tick(by_hand: str, mark: str) -> None:
    text = filled(read(GROUP.format(by_hand)), {1: item()}, DAY)

    assert text.startswith(f"- [{mark}] Data\n")


def test_a_box_over_boxes_that_mean_no_item_stays_as_it_is() -> None:
    text = "- [x] Data\n  - [ ] Pizza\n- [ ] TTL\n"

    assert filled(read(text), {2: item()}, DAY).startswith("- [x] Data\n  - [ ] Pizza\n")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_whole_checklist_differs_in_ticks_and_notes_alone(ends: str) -> None:
    text = CHECKLIST.replace("\n", ends).removesuffix(ends)
    found = {at: item(name=name) for at, name in enumerate(MEANT) if name}

    ticked = filled(read(text), found, DAY)

    assert len(NOTE.findall(ticked)) == len(found)
    assert NOTE.sub("", ticked).replace("[x]", "[ ]") == text
    assert filled(read(ticked), found, DAY) == ticked


_BOXES = ["- [ ] a", "* [x] b", "1. [ ] c", "  - [ ] d", "\t- [ ] e"]
_OTHERS = [
    "> ",
    "```",
    "# h",
    "  ",
    "text",
    "`",
    "\\",
    "<!--",
    "-->",
    "|",
    "[ ]",
    " <!-- /omnitrack -->",
    "- \u00a0",
    "   [ ] f",
    "\u00a0",
]
_ENDS = ["\n", "\r\n", "\r", "\u2028", "\x0b"]
_PIECES = st.sampled_from([*_BOXES, *_OTHERS, *_ENDS])


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_whatever_the_document_is_ticking_it_twice_changes_nothing_more(text: str) -> None:
    document = read(text)
    found = {at: item(name=f"a.b-{at}") for at in range(len(document.boxes))}

    once = filled(document, found, DAY)
    again = read(once)

    assert [box.pinned for box in again.boxes] == [each["id"] for each in found.values()]
    assert filled(again, found, DAY) == once


@given(st.text(alphabet="ab\r\n\u2028\x0b\x0c\x85"))
def test_lines_end_where_commonmark_ends_them(text: str) -> None:
    lines = lines_of(text)

    assert "".join(lines) == text
    assert len(lines) == len(re.findall(r"\r\n?|\n", text)) + (not re.search(r"(^|[\r\n])\Z", text))
