"""A dashboard with one custom widget: who calls its function, with what, and where it shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Request

__all__ = ["Console"]

_PAGE = Path(__file__).with_name("console.html")

Call = Callable[[dict[str, Any]], Any]


class Console:
    """The dashboard in a page. `call` is the widget's function, `context` CloudWatch's own words.

    `events` is what the function was called with; `mistakes` what the console had to take out of
    its answers, what the browser complained of, and every address that the page asked for.
    """

    def __init__(
        self, page: Page, call: Call, context: Mapping[str, Any], endpoint: str = ""
    ) -> None:
        self.page = page
        self.events: list[dict[str, Any]] = []
        self._call = call
        self._context = context
        self._endpoint = endpoint
        self._complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        page.on("request", self._asked)
        page.expose_function("invoke", self._invoke)

    def open(self, *, theme: str = "light", params: Mapping[str, Any] | None = None) -> None:
        """The dashboard as somebody opens it: the widget is called with its own parameters."""
        self._context = {**self._context, "theme": theme, "params": dict(params or {})}
        self.page.set_content(_PAGE.read_text(encoding="utf-8"))
        self.page.evaluate(
            "([theme, title]) => { document.body.className = theme; "
            "document.querySelector('#title').textContent = title; "
            "document.querySelector('#popup-title').textContent = title; }",
            [theme, self._context["title"]],
        )
        self.show(self._answer(dict(params or {}), {}))

    def show(self, answer: Any) -> None:
        """Show an answer in the widget."""
        self.page.evaluate(
            "answer => show(document.getElementById('widget'), answer)",
            answer,
        )

    @property
    def widget(self) -> Locator:
        """Where the widget's own answer is."""
        return self.page.locator("#widget")

    @property
    def popup(self) -> Locator:
        """Where an answer is that was asked for in a pop-up."""
        return self.page.locator("#dialog")

    @property
    def mistakes(self) -> list[str]:
        """What the console took out, what the browser complained of, what was asked for."""
        return [*self.page.evaluate("removed"), *self._complaints]

    def _invoke(self, endpoint: str, params: dict[str, Any], fields: dict[str, str]) -> Any:
        if self._endpoint and endpoint != self._endpoint:
            self._complaints.append(f"called {endpoint}")
        return self._answer(params, fields)

    def _answer(self, params: dict[str, Any], fields: dict[str, str]) -> Any:
        context = deepcopy(dict(self._context)) | {"forms": {"all": fields}}
        event = {**params, "widgetContext": context}
        self.events.append(event)
        return json.loads(json.dumps(self._call(event)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        self._complaints.append(f"asked for {request.url}")
