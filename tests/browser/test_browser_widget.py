"""The widget as CloudWatch shows it: called by the console, in Chromium, light and dark."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from example_reports import GROUP, HOSTILE_NAMES
from playwright.sync_api import Browser, Page

from compliance.checklist import load_checklist
from compliance.engine import Evaluation
from compliance.model import Identity, ItemResult, Offender, Status, Verdict, summarise
from compliance.sinks.recording import record
from compliance.sinks.state import StateTable
from compliance.statements.records import Attestation, Author, Evidence
from simulated_account import SimulatedAccount
from simulated_console import Console
from simulated_deployment import Deployment

ROOT = Path(__file__).parents[2]
CONTEXT = json.loads((ROOT / "events/dashboard.json").read_text(encoding="utf-8"))["widgetContext"]
CHECKLIST = load_checklist()
LOGS = CHECKLIST.items["cloudwatch.log-retention"]
ALARMS = CHECKLIST.items["cloudwatch.alarms"]
BACKUPS = CHECKLIST.items["dynamodb.recent-backup"]
ATTESTED = next(item for item in CHECKLIST.items.values() if item.how.value == "attest")
NOW = datetime.now(UTC)
SHAPES = [(theme, width) for theme in ("light", "dark") for width in (1400, 420)]


def found(item: Any, *names: str) -> ItemResult:
    offenders = tuple(
        Offender(GROUP + name, "never-expires", f"{name} never expires", "30 to 400 days")
        for name in names
    )
    verdict = Verdict("log group", "kept for 30 days", (GROUP + "/fine",), offenders)
    status = Status.FAIL if offenders else Status.PASS
    evaluated = tuple(each.resource for each in offenders) or verdict.evaluated
    return ItemResult(
        item, status, summarise(verdict, offenders), evaluated, offenders, unseen=frozenset()
    )


@pytest.fixture(scope="module")
def monitor() -> Iterator[Deployment]:
    """A monitor whose state has three hours of runs, the last of which found what is hostile."""
    with pytest.MonkeyPatch.context() as patch, SimulatedAccount() as account:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        deployment = Deployment(account)
        state = StateTable(account.client("dynamodb"), deployment.table, _here(account))
        author = Author("The Devops Lead", "AIDAEXAMPLE", "arn:aws:iam::123456789012:user/lead")
        soon = NOW + timedelta(days=3)
        evidence = Evidence(link="https://wiki.example/plan")
        stated = Attestation("", ATTESTED.id, author, NOW - timedelta(days=9), soon, evidence)
        deployment.keep([stated])
        for hours, logs in ((3, ("/a",)), (2, ()), (1, ("/a", *HOSTILE_NAMES))):
            at = NOW - timedelta(hours=hours)
            results = (found(LOGS, *logs), found(ALARMS, "/b"), found(BACKUPS))
            evaluation = Evaluation(
                _here(account), at, 1.0, {each.item.id: each for each in results}
            )
            record(state, evaluation, CHECKLIST, run=f"r{hours}", families=["monitoring"])
        yield deployment


def _here(account: SimulatedAccount) -> Identity:
    return Identity(account.account_id, account.region)


Open = Callable[..., Console]


@pytest.fixture
def opened(browser: Browser, monitor: Deployment) -> Iterator[Open]:
    """Opens the dashboard, and holds that the console had nothing to take out or to complain of."""
    consoles: list[Console] = []
    ends = {"start": NOW - timedelta(hours=12), "end": NOW}
    range_ = {name: int(at.timestamp() * 1000) for name, at in ends.items()}

    def open_(*, theme: str = "light", width: int = 1400, **params: Any) -> Console:
        page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
        console = Console(
            page,
            lambda event: monitor.invoke("Widget", event).answer,
            CONTEXT | {"timeRange": range_},
            f"arn:aws:lambda:us-east-1:123456789012:function:{CONTEXT['dashboardName']}-widget",
        )
        console.open(theme=theme, params=params)
        consoles.append(console)
        return console

    yield open_
    assert [mistake for console in consoles for mistake in console.mistakes] == []
    for context in browser.contexts:
        context.close()


def in_detail(console: Console, title: str = LOGS.title) -> Console:
    console.widget.get_by_role("button", name=title).click()
    console.popup.get_by_role("heading", name=title).wait_for()
    return console


def overflow(page: Page) -> int:
    wider: int = page.evaluate(
        "Math.max(...['documentElement', 'frame', 'dialog'].map((name) => {"
        "const of = document[name] ?? document.getElementById(name);"
        "return of.scrollWidth - of.clientWidth; }))"
    )
    return wider


@pytest.mark.parametrize(("theme", "width"), SHAPES)
def test_nobody_is_kept_from_reading_it(
    opened: Open, serious: Callable[[Page], list[str]], theme: str, width: int
) -> None:
    console = opened(theme=theme, width=width)
    overview = serious(console.page)
    in_detail(console)

    assert overview == []
    assert serious(console.page) == []


@pytest.mark.parametrize("width", [1400, 800, 420, 320])
def test_nothing_is_wider_than_the_widget(opened: Open, width: int) -> None:
    console = opened(width=width)
    before = overflow(console.page)
    in_detail(console)

    assert before <= 0
    assert overflow(console.page) <= 0


def test_a_title_opens_what_offends_since_when_why_the_fix_and_the_history(opened: Open) -> None:
    said = in_detail(opened(), ALARMS.title).popup.inner_text()

    since = f"{NOW - timedelta(hours=3):%Y-%m-%d %H:%M}"
    assert "/b" in said
    assert f"{since}" in said
    assert ALARMS.why in said
    assert "seen for the first time, with 1 offence" in said


def test_the_history_is_newest_first(opened: Open) -> None:
    said = in_detail(opened()).popup.locator(".history").inner_text()
    words = ["drifted", "recovered", "seen for the first time"]

    assert sorted(words, key=said.index) == words


def test_the_fix_is_a_command_that_can_be_copied(opened: Open) -> None:
    fix = in_detail(opened()).popup.locator("pre").first.inner_text()

    assert fix.startswith("aws logs put-retention-policy --log-group-name")


@pytest.mark.parametrize(
    ("label", "choice", "left"),
    [("Section", "DynamoDB", []), ("Severity", ALARMS.severity.value, [ALARMS.title])],
)
def test_a_filter_leaves_what_it_names_and_keeps_the_time_range(
    opened: Open, label: str, choice: str, left: list[str]
) -> None:
    console = opened()
    console.widget.get_by_label(label).select_option(label=choice)
    console.widget.get_by_role("button", name="Filter", exact=True).click()
    console.page.locator("[data-answers='1']").wait_for()

    assert console.widget.locator("table[aria-label='What fails'] button").all_inner_texts() == left
    assert console.widget.get_by_label(label).input_value() != ""
    ranges = [event["widgetContext"]["timeRange"] for event in console.events]
    assert ranges[0] == ranges[1]


def test_show_all_takes_the_filters_back(opened: Open) -> None:
    console = opened(section="dynamodb")
    console.widget.get_by_role("button", name="Show all").click()
    console.page.locator("[data-answers='1']").wait_for()

    assert console.widget.get_by_role("button", name=LOGS.title).count() == 1
    assert console.widget.get_by_label("Section").input_value() == ""


def test_the_keyboard_opens_an_item(opened: Open) -> None:
    console = opened()
    console.widget.get_by_role("button", name=LOGS.title).focus()
    console.page.keyboard.press("Enter")

    console.popup.get_by_role("heading", name=LOGS.title).wait_for()


def test_the_score_is_drawn_and_told(opened: Open) -> None:
    picture = opened().widget.get_by_role("img", name="Score from")

    assert picture.bounding_box() is not None


def test_what_is_due_is_named_and_all_of_it_can_be_seen(opened: Open) -> None:
    console = opened()
    due = console.widget.locator("table[aria-label='Statements due']")
    assert due.locator("tbody tr").count() == 5

    console.widget.get_by_role("button", name="All ").click()
    console.popup.get_by_role("heading", name="Statements due").wait_for()

    assert "attested by The Devops Lead" in console.popup.inner_text()


def test_hostile_names_show_as_text(opened: Open) -> None:
    console = in_detail(opened())
    said = console.popup.inner_text()

    shown = [name for name in HOSTILE_NAMES if name.isprintable() and len(name) < 300]
    assert [name for name in shown if name not in said] == []
    assert console.page.locator("#frame img, #dialog img, #dialog script").count() == 0
    assert "\u202e" not in said
    assert max(map(len, said.split())) < 1_000


def test_a_right_to_left_name_does_not_turn_what_stands_beside_it(opened: Open) -> None:
    names = in_detail(opened()).popup.locator("bdi", has_text="\u05e9\u05dc\u05d5\u05dd")

    assert names.count() > 0


def test_what_it_does_not_know_shows_the_overview(opened: Open) -> None:
    console = opened(item="no.such-item", section="nowhere", severity="<b>")

    assert console.widget.get_by_role("button", name=LOGS.title).count() == 1


def test_the_description_is_markdown(monitor: Deployment) -> None:
    assert monitor.invoke("Widget", {"describe": True}).answer["markdown"].startswith("## ")
