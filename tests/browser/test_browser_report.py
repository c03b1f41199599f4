"""The page as people read it: in Chromium, light and dark, wide and narrow, and on paper."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from example_reports import (
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
from playwright.sync_api import Browser, Page

from compliance.model import Severity
from compliance.report import Report
from compliance_cli.formats.html_page import LARGEST, render

Open = Callable[..., Page]
SHAPES = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]


def example() -> Report:
    many = [offender(f"/aws/lambda/omnitrack-{n}") for n in range(12)]
    return remembering(
        report(
            failing(item("logs.retention", Severity.CRITICAL, "Logs are kept"), many, of=40),
            failing(item("tables.pitr"), [offender("/backup/orders", "off")]),
            unseen(item("logs.groups", Severity.LOW)),
            passing(item("tables.encryption")),
            attested(item("people.on-call")),
            excepted(item("logs.exports", Severity.MEDIUM)),
            remedies={"logs.retention": ("aws logs put-retention-policy --log-group-name /a",)},
        )
    )


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report as a file, and holds that nothing is asked for and nothing complained of."""
    complaints: list[str] = []

    def open_(
        what: Report, *, width: int = 1280, scheme: str = "light", script: bool = True
    ) -> Page:
        path = tmp_path / "report.html"
        path.write_text(render(what), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script,
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        asked: list[str] = []
        page.goto(path.as_uri())
        complaints.extend(url for url in asked if url != path.as_uri())
        return page

    yield open_
    assert complaints == []
    for context in browser.contexts:
        context.close()


def _opening_took(page: Page) -> float:
    """Milliseconds until a page that is opened anew is there; its neighbours may slow it down."""
    page.reload()
    took: float = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    return took


def overflow(page: Page) -> int:
    """By how much the page is wider than the window."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


@pytest.mark.parametrize(("scheme", "width"), SHAPES)
def test_nobody_is_kept_from_reading_it(
    opened: Open, serious: Callable[[Page], list[str]], scheme: str, width: int
) -> None:
    page = opened(example(), width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert serious(page) == []


@pytest.mark.parametrize("what", [example, hostile_report])
@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_nothing_is_wider_than_the_window(
    opened: Open, what: Callable[[], Report], width: int
) -> None:
    page = opened(what(), width=width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert overflow(page) <= 0


def test_dark_is_dark(opened: Open) -> None:
    grounds = {
        scheme: opened(example(), scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    }

    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(19, 21, 23)"}


def test_words_find_an_offender_and_unfold_it(opened: Open) -> None:
    page = opened(example())
    assert not page.get_by_text("omnitrack-9").first.is_visible()

    page.get_by_label("Find items and resources").fill("omnitrack-9")
    page.get_by_text("1 of 6 items, 1 offenders").wait_for()

    assert page.locator("article:visible").count() == 1
    assert page.locator("article tbody tr:visible").count() == 1
    assert page.get_by_text("omnitrack-9").first.is_visible()


@pytest.mark.parametrize(
    ("label", "choice", "shown"),
    [("Status", "UNKNOWN", 1), ("Severity", "critical", 1), ("Section", "Tables", 2)],
)
def test_a_filter_leaves_what_it_names(opened: Open, label: str, choice: str, shown: int) -> None:
    page = opened(example())

    page.get_by_label(label, exact=True).select_option(label=choice)
    page.get_by_text(f"{shown} of 6 items").wait_for()

    assert page.locator("#items li:visible").count() == shown


def test_emptying_the_search_shows_everything_again(opened: Open) -> None:
    page = opened(example())
    words = page.get_by_label("Find items and resources")
    words.fill("no such thing")
    page.get_by_text("0 of 6 items, 0 offenders").wait_for()

    words.fill("")
    page.get_by_text("6 of 6 items, 13 offenders").wait_for()

    assert page.locator("article:visible").count() == 2


def test_the_keyboard_reaches_the_search_and_unfolds(opened: Open) -> None:
    page = opened(example())
    page.get_by_text("7 more").focus()
    page.keyboard.press("Enter")

    assert page.get_by_text("omnitrack-9").first.is_visible()


def test_without_scripts_it_is_whole_and_unfolds(opened: Open) -> None:
    page = opened(example(), script=False)
    page.get_by_text("7 more").click()

    assert page.get_by_text("omnitrack-9").first.is_visible()
    assert not page.locator("#filter").is_visible()


def test_it_says_who_attested_until_when_and_on_what(opened: Open) -> None:
    said = opened(example()).locator("#items li", has_text="people.on-call").inner_text()

    assert "The Devops Lead" in said
    assert "valid until 1 May 2026" in said
    assert "https://wiki.example/on-call" in said


def test_it_says_what_is_accepted_by_whom_until_when_and_why(opened: Open) -> None:
    said = opened(example()).locator("section[aria-labelledby=exceptions]").inner_text()

    assert "The Devops Lead" in said
    assert "15 March 2026" in said
    assert "moved to the new bucket next week" in said
    assert "takes 1 offender" in said


def test_the_trend_is_drawn_and_told(opened: Open) -> None:
    page = opened(example())

    assert page.locator(".trend polyline").bounding_box() is not None
    assert "from 50 on 27 February 2026" in page.locator(".trend p").first.inner_text()


def test_paper_shows_what_the_screen_folds(opened: Open) -> None:
    page = opened(example())
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.get_by_text("omnitrack-9").first.is_visible()
    assert not page.locator("nav").is_visible()
    assert len(page.pdf()) > 10_000


def test_hostile_names_show_as_text(opened: Open) -> None:
    page = opened(hostile_report())

    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert page.locator("img").count() == 0


def test_ten_thousand_offenders_open_in_two_seconds_and_are_found(opened: Open) -> None:
    page = opened(huge_report())
    took = min(_opening_took(page) for _ in range(3))

    assert len(page.content().encode()) < LARGEST
    assert page.get_by_text("1 of 1 items, 10,000 offenders").is_visible()
    assert 0 < took < 2_000

    page.get_by_label("Find items and resources").fill("number-09876")
    page.get_by_text("1 of 1 items, 1 offenders").wait_for()

    assert page.get_by_text("number-09876").first.is_visible()
