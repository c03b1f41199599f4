"""The system's own Chromium, without anything that it would tell or ask its maker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

__all__ = ["CHROMIUM", "chromium"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
"""Where the browser is; None where there is none."""

_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser with a profile of its own. Root can have no sandbox.

    Source: https://chromium.googlesource.com/chromium/src/+/main/docs/linux/sandboxing.md
    """
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_QUIET, *alone])
        try:
            yield browser
        finally:
            browser.close()
