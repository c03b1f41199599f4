"""Browser tests look at what people see, in the system's Chromium."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from simulated_console import CHROMIUM, chromium

AXE = Path(__file__).parent / "axe/axe.min.js"

Inspect = Callable[[Page], list[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's browser. CI must have one; elsewhere its lack is no defect of the product."""
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs chromium: make browser")
    with chromium() as found:
        yield found


@pytest.fixture
def serious() -> Inspect:
    """What axe-core calls a serious or critical violation in a page, each with where it is."""
    source = AXE.read_text(encoding="utf-8")

    def inspect(page: Page) -> list[str]:
        page.evaluate(source)
        answer: dict[str, Any] = page.evaluate("axe.run(document)")
        return [
            f"{found['id']}: {node['target']} {node['failureSummary']}"
            for found in answer["violations"]
            if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]

    return inspect
