"""The widget: what it asks, what it shows, and what nobody can smuggle into it."""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from example_reports import AUTHOR, GROUP, HOSTILE_NAMES

from compliance.checklist import load_checklist
from compliance.drift import Open
from compliance.model import NO_CHECK_YET, Gap, Offender, Severity, Status
from compliance.score import score_of
from compliance.statements.due import Due
from compliance.statements.records import Attestation, Evidence, ItemException
from compliance.statements.standing import Exceptions, Standing
from compliance.widget import (
    LARGEST,
    STRETCHES,
    Asked,
    Detail,
    Event,
    Moment,
    Overview,
    Remembered,
    asked_of,
    moments_of,
    render_due,
    render_item,
    render_overview,
)

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHECKLIST = load_checklist()
ARN = "arn:aws:lambda:us-east-1:123456789012:function:widget"
LOGS = CHECKLIST.items["cloudwatch.log-retention"]
ALARMS = CHECKLIST.items["cloudwatch.alarms"]
TABLES = CHECKLIST.items["dynamodb.point-in-time-recovery"]
VOID = {"br", "input"}


class _Parts(HTMLParser):
    """The tags of an answer, and whether everything that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def event(**given: Any) -> dict[str, Any]:
    context = {
        "theme": given.pop("theme", "light"),
        "forms": {"all": given.pop("fields", {})},
        "timeRange": given.pop("range_", {}),
    }
    return {**given, "widgetContext": context}


def known(status: Status = Status.FAIL, summary: str = "2 bad", **given: Any) -> Remembered:
    return Remembered(status, summary, given.get("reason"), given.get("since", NOW - HOUR))


def overview(
    states: dict[str, Remembered], *, due: Sequence[Due] | Gap = (), trend: Sequence[Moment] = ()
) -> Overview:
    score = score_of((CHECKLIST.items[name].severity, each.status) for name, each in states.items())
    return Overview(CHECKLIST, states, score, trend, due, NOW)


def shown(what: Overview, asked: Asked | None = None) -> str:
    return render_overview(what, asked or Asked(), ARN)


def detail(*offences: Open, **given: Any) -> Detail:
    parts: dict[str, Any] = {
        "item": LOGS,
        "known": known(),
        "offences": offences,
        "history": (),
        "commands": (),
        "standing": None,
        "exceptions": None,
    }
    return Detail(**parts | given)


def offence(name: str) -> Open:
    return Open(Offender(GROUP + name, "never-expires", name, "30 to 400 days"), NOW - HOUR)


def called(page: str) -> list[dict[str, Any]]:
    """The parameters of every action, each of which must be JSON."""
    found = re.findall(r"<cwdb-action [^>]*>(.*?)</cwdb-action>", page, re.DOTALL)
    return [json.loads(html.unescape(each)) for each in found]


def test_a_dark_dashboard_has_a_dark_widget() -> None:
    assert [asked_of(event(theme=name), CHECKLIST).theme for name in ("dark", "light", "x")] == [
        "dark",
        "light",
        "light",
    ]


def test_the_form_counts_before_the_parameters() -> None:
    asked = asked_of(event(section="dynamodb", fields={"section": "cloudwatch"}), CHECKLIST)

    assert asked.section == "cloudwatch"


def test_an_empty_field_asks_for_everything() -> None:
    asked = asked_of(event(section="dynamodb", fields={"section": ""}), CHECKLIST)

    assert asked.section is None


def test_everything_takes_back_what_the_form_says() -> None:
    asked = asked_of(
        event(everything=True, fields={"section": "dynamodb", "severity": "high"}), CHECKLIST
    )

    assert (asked.section, asked.severity) == (None, None)


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"widgetContext": None},
        {"widgetContext": {"forms": 3, "timeRange": []}},
        event(section=["x"], severity={"a": 1}, item=7, view=None),
        event(section="<script>", severity="loud", range_={"start": "x", "end": 1e30}),
    ],
)
def test_what_it_cannot_mean_asks_for_nothing(strange: dict[str, Any]) -> None:
    assert asked_of(strange, CHECKLIST) == Asked()


def test_a_zoomed_dashboard_asks_for_what_is_in_sight() -> None:
    asked = asked_of(
        event(range_={"start": 1, "end": 2, "zoom": {"start": 1_000, "end": 2_000}}), CHECKLIST
    )

    assert (asked.start, asked.end) == (
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC),
    )


def test_the_score_is_drawn_over_the_dashboards_time() -> None:
    moments = moments_of(Asked(start=NOW - 48 * HOUR, end=NOW + HOUR), NOW)

    assert (moments[0], moments[-1], len(moments)) == (NOW - 48 * HOUR, NOW, STRETCHES + 1)


@pytest.mark.parametrize("asked", [Asked(), Asked(start=NOW + HOUR, end=NOW + 2 * HOUR)])
def test_without_a_time_that_has_been_the_last_day_is_drawn(asked: Asked) -> None:
    assert moments_of(asked, NOW)[0] == NOW - 24 * HOUR


def test_the_most_severe_comes_first() -> None:
    severe = [item.id for item in CHECKLIST.items.values() if item.severity is Severity.CRITICAL]
    low = [item.id for item in CHECKLIST.items.values() if item.severity is Severity.LOW]
    page = shown(overview({low[0]: known(), severe[0]: known()}))

    assert page.index(severe[0]) < page.index(low[0])


def test_an_item_that_nothing_decides_yet_is_not_called_unseen() -> None:
    unchecked = known(Status.UNKNOWN, NO_CHECK_YET, reason=NO_CHECK_YET)
    unseen = known(Status.UNKNOWN, "cannot see", reason="denied")
    page = shown(overview({LOGS.id: unchecked, ALARMS.id: unseen}))

    assert ALARMS.title in page
    assert LOGS.title not in page


def test_a_filter_leaves_its_section_and_its_severity() -> None:
    states = {each.id: known() for each in (LOGS, ALARMS, TABLES)}
    by_section = shown(overview(states), Asked(section="cloudwatch"))
    both = shown(overview(states), Asked(section="cloudwatch", severity=LOGS.severity))

    assert TABLES.title not in by_section
    assert ALARMS.id in by_section
    assert ALARMS.id not in both
    assert LOGS.id in both


def test_the_form_shows_what_is_chosen() -> None:
    page = shown(overview({}), Asked(section="dynamodb", severity=Severity.HIGH))

    assert '<option value="dynamodb" selected>' in page
    assert '<option value="high" selected>' in page
    assert page.count(" selected>") == 2


def test_of_very_many_items_the_rest_is_counted() -> None:
    everything = {name: known() for name in CHECKLIST.items}
    page = shown(overview(everything))

    assert f"<span>{len(CHECKLIST.items)}</span>" in page
    assert f"and {len(CHECKLIST.items) - 60} more" in page
    assert page.count('<td class="when">') == 60


def test_each_item_calls_the_function_with_its_id() -> None:
    page = shown(overview({LOGS.id: known(), ALARMS.id: known()}))

    assert {"item": LOGS.id} in called(page)
    assert page.count(f'endpoint="{ARN}"') == page.count("<cwdb-action")


def test_each_action_follows_the_button_that_it_belongs_to() -> None:
    page = shown(overview({LOGS.id: known()}))

    assert page.count("</button><cwdb-action ") == page.count("<cwdb-action ")


def test_what_nothing_fails_of_is_said_so() -> None:
    assert "Nothing fails of what could be seen." in shown(overview({LOGS.id: known(Status.PASS)}))
    assert "Nothing fails of what the filters show." in shown(
        overview({LOGS.id: known()}), Asked(section="dynamodb")
    )


def test_before_the_first_run_it_says_so() -> None:
    assert "No run yet" in shown(replace(overview({}), seen_at=None))


def test_the_trend_is_told_in_words() -> None:
    trend = [Moment(NOW - 2 * HOUR, 40.0), Moment(NOW - HOUR, 90.5), Moment(NOW, 70.0)]
    page = shown(overview({}, trend=trend))

    assert "Score from 40 on 2026-03-01 12:00 to 70 on 2026-03-01 14:00" in page
    assert "between 40 and 90.5" in page


@pytest.mark.parametrize("trend", [[], [Moment(NOW, 4.0)], [Moment(NOW, None)] * 3])
def test_one_moment_is_no_trend(trend: list[Moment]) -> None:
    assert "No history of the score" in shown(overview({}, trend=trend))


def _due(n: int, *, overdue: bool = True) -> Due:
    item = list(CHECKLIST.items.values())[n]
    return Due(item, "attestation", NOW, overdue, "the lead", f"words {n}.")


def test_what_is_due_is_counted_and_the_first_of_it_named() -> None:
    due = [*(_due(n) for n in range(6)), _due(6, overdue=False)]
    page = shown(overview({}, due=due))

    assert "6 overdue, 1 end within two weeks." in page
    assert "words 4." in page
    assert "words 5." not in page
    assert {"view": "due", "section": "", "severity": ""} in called(page)
    assert "words 6." in render_due(due, Asked(view="due"))


def test_what_is_due_is_filtered_too() -> None:
    due = [_due(0)]
    other = next(name for name in CHECKLIST.sections if name != due[0].item.section)

    assert "words 0." not in shown(overview({}, due=due), Asked(section=other))


def test_statements_that_cannot_be_read_are_not_called_missing() -> None:
    denied = Gap("dynamodb:Scan", "AccessDeniedException")
    for page in (shown(overview({}, due=denied)), render_due(denied, Asked())):
        assert "could not be read: dynamodb:Scan answered AccessDeniedException" in page


def test_an_item_shows_its_offenders_since_when_why_and_the_fix() -> None:
    page = render_item(detail(offence("/a"), commands=["aws logs put 'x'"]), Asked())
    words = "".join(_Parts(page).words)

    for part in ("/a", "never-expires", "2026-03-01 13:00", LOGS.why, "aws logs put 'x'"):
        assert part in words


def test_an_items_history_is_told_newest_first() -> None:
    events = [
        Event("enrolled", NOW - 4 * HOUR, 1),
        Event("recovered", NOW - 3 * HOUR, 1),
        Event("blinded", NOW - 2 * HOUR, 0),
        Event("recovered", NOW - HOUR, 0),
        Event("drifted", NOW, 2),
        Event("reminder", NOW, 2),
    ]
    page = render_item(detail(history=events), Asked())
    told = [
        "reminded of 2 offences",
        "drifted: 2 offences began",
        "visible again",
        "could not be seen any more",
        "recovered: 1 offence ended",
        "seen for the first time, with 1 offence",
    ]

    assert sorted(told, key=page.index) == told


def test_an_item_shows_who_attested_on_what_and_who_accepts_what() -> None:
    evidence = Evidence(link="https://wiki.example/x")
    stated = Attestation("a", LOGS.id, AUTHOR, NOW, NOW + 24 * HOUR, evidence)
    accepts = ItemException(
        "e", LOGS.id, AUTHOR, NOW, NOW + HOUR, "arn:x", frozenset({"f"}), "soon"
    )
    page = render_item(
        detail(standing=Standing(LOGS, stated), exceptions=Exceptions((accepts,))), Asked()
    )

    assert "attested by The Devops Lead until 2026-03-02; evidence: https://wiki.example/x" in page
    assert "The Devops Lead accepts f of arn:x until 2026-03-01 15:00: soon" in page


def test_of_very_many_exceptions_the_first_to_end_are_named_and_the_rest_is_counted() -> None:
    faults = frozenset(f"f{n}" * 20 for n in range(20))
    many = tuple(
        ItemException(f"{n}", LOGS.id, AUTHOR, NOW, NOW + n * HOUR, f"arn:{n}", faults, "x" * 2_000)
        for n in range(10_000, 0, -1)
    )
    page = render_item(detail(exceptions=Exceptions(many)), Asked())

    assert re.findall(r"of (arn:\d+) until", page) == [f"arn:{n}" for n in range(1, 21)]
    assert f"and 9,980 more; `compliance history {LOGS.id}` tells them all" in page
    assert len(page) < 50_000


def test_of_very_much_that_is_due_the_rest_is_counted() -> None:
    page = render_due([_due(n % 100 + 1) for n in range(10_000)], Asked())

    assert "and 9,600 more; `compliance due` lists them all" in page
    assert len(page) < LARGEST


def test_an_item_that_no_run_saw_says_so() -> None:
    assert "no run has seen it yet" in render_item(detail(known=None), Asked())


def test_of_very_many_offenders_the_rest_is_counted() -> None:
    page = render_item(detail(*(offence(f"/{n}") for n in range(10_000))), Asked())

    hint = f"and 9,900 more; `compliance run --item {LOGS.id} --format json` names them all"
    assert hint in page
    assert len(page) < LARGEST


def _hostile() -> list[str]:
    states = {
        item.id: known(summary=name, reason=name)
        for item, name in zip(CHECKLIST.items.values(), HOSTILE_NAMES, strict=False)
    }
    due = [replace(_due(n), words=name, owner=name) for n, name in enumerate(HOSTILE_NAMES)]
    accepts = [
        ItemException("e", LOGS.id, AUTHOR, NOW, NOW, name, frozenset({name}), name)
        for name in HOSTILE_NAMES
    ]
    return [
        shown(overview(states, due=due)),
        render_due(due, Asked()),
        render_item(
            detail(
                *map(offence, HOSTILE_NAMES),
                known=known(reason="".join(HOSTILE_NAMES)),
                commands=HOSTILE_NAMES,
                exceptions=Exceptions(tuple(accepts)),
            ),
            Asked(),
        ),
    ]


def test_no_hostile_name_becomes_a_tag_or_an_attribute() -> None:
    for page in _hostile():
        parts = _Parts(page)
        assert parts.open == []
        assert {tag for tag, _ in parts.tags} & {"script", "img", "iframe", "use", "a"} == set()
        names = [name for _, attributes in parts.tags for name in attributes]
        assert not [name for name in names if name.startswith("on")]


def test_hostile_names_are_short_enough_and_hide_nothing() -> None:
    for page in _hostile():
        assert len(page) < LARGEST
        assert "\u202e" not in page
        assert "\x1b" not in page


def test_a_name_of_5000_characters_is_cut_where_it_is_no_command() -> None:
    for page in _hostile():
        assert "x" * 400 not in re.sub(r"<pre>.*?</pre>", "", page, flags=re.DOTALL)


def test_a_right_to_left_name_stays_apart_from_its_neighbours() -> None:
    assert all("<bdi>\u05e9\u05dc\u05d5\u05dd</bdi>" in page for page in _hostile())


def test_everything_that_opens_closes() -> None:
    trend = [Moment(NOW - HOUR, 40.0), Moment(NOW, 70.0)]
    for page in (
        shown(overview({LOGS.id: known()}, due=[_due(0)], trend=trend)),
        render_item(detail(offence("/a")), Asked(theme="dark")),
    ):
        assert _Parts(page).open == []


def test_it_asks_for_nothing_beside_itself() -> None:
    page = shown(overview({LOGS.id: known()}))
    asks = {"src", "href", "srcset", "action", "xlink:href"}
    tags = [(tag, names) for tag, names in _Parts(page).tags if tag != "cwdb-action"]

    assert not [name for _, names in tags for name in names if name in asks]
    assert "url(" not in page
    assert "@import" not in page
