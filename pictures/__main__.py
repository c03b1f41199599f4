"""Takes the pictures of docs/pictures anew: `make pictures`. Look at each of them yourself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from compliance_cli.formats.html_page import render
from pictures.layout import layout_page
from pictures.slack import slack_page
from pictures.stage import Stage, stage
from simulated_console import CHROMIUM, Console, chromium

_FOLDER = Path("docs/pictures")
_EVENT = Path("events/dashboard.json")
_TITLE = "Every log group keeps its events long enough to investigate"


def main() -> int:
    """Take all of them; 1 where there is no browser to take them with."""
    if CHROMIUM is None:
        print("pictures: no chromium found: make browser", file=sys.stderr)
        return 1
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with stage() as staged, chromium() as browser:
        _report(browser, staged)
        _widget(browser, staged)
        _slack(browser, staged)
        with _page(browser, 1344, 800) as page:
            page.set_content(layout_page())
            _take(page, "dashboard-layout", whole=True)
    return 0


def _report(browser: Browser, staged: Stage) -> None:
    html = render(staged.report)
    for name, width, height, theme in (
        ("report", 1280, 1500, "light"),
        ("report-dark", 1280, 1000, "dark"),
        ("report-narrow", 390, 844, "light"),
    ):
        with _page(browser, width, height, theme) as page:
            page.set_content(html)
            _take(page, name)


def _widget(browser: Browser, staged: Stage) -> None:
    context = json.loads(_EVENT.read_text(encoding="utf-8"))["widgetContext"]
    now = datetime.now(UTC)
    ends = {"start": now - timedelta(days=1), "end": now}
    context["timeRange"] = {name: int(at.timestamp() * 1000) for name, at in ends.items()}
    for theme in ("light", "dark"):
        with _page(browser, 1344, 910, theme) as page:
            console = Console(page, _calling(staged), context)
            console.open(theme=theme)
            _take(page, f"widget-{theme}")
            console.widget.get_by_role("button", name=_TITLE).click()
            console.popup.get_by_role("heading", name=_TITLE).wait_for()
            _take(page, f"widget-item-{theme}")


def _calling(staged: Stage) -> Callable[[dict[str, Any]], Any]:
    return lambda event: staged.deployment.invoke("Widget", event).answer


def _slack(browser: Browser, staged: Stage) -> None:
    """The message that tells the most of those about the drift."""
    payload = max(staged.slack, key=lambda each: len(each["blocks"]))
    with _page(browser, 760, 400) as page:
        page.set_content(slack_page(payload))
        _take(page, "slack", whole=True)


@contextmanager
def _page(browser: Browser, width: int, height: int, theme: str = "light") -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    yield context.new_page()
    context.close()


def _take(page: Page, name: str, *, whole: bool = False) -> None:
    path = _FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=whole)
    print(path)


if __name__ == "__main__":
    sys.exit(main())
