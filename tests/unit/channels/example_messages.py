"""Messages for the tests of channels: ordinary ones, hostile ones, and any that can be."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from compliance.messages import Message, Note, Offence, Origin

ORIGIN = Origin("omnitrack", "production", "123456789012", "us-east-1", "run-1")
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/omnitrack-api"
FIX = "aws logs put-retention-policy --log-group-name /aws/lambda/omnitrack-api --region us-east-1"

# What somebody who may create a resource could call it.
HOSTILE = [
    "<!channel> <!here> @here @channel @everyone",
    "<https://evil.example|click> & <@U012AB3CD>",
    "*bold* _it_ ~no~ `code` ```fence``` :rotating_light:",
    "name\r\nBcc: everybody@example.com\r\n\r\nforged: body",
    "\x1b[2Jgone \x00 \x07 \x85",
    "\u202egnp.exe \u2066 \u200b \ufeff",
    "مجموعة السجلات",
    "קבוצת לוגים",
    "日志组🚨" * 40,
    "\ud800 half a pair",
    "a" * 5_000,
    " ",
    "",
]


def offence(resource: str = LOG_GROUP, **changes: Any) -> Offence:
    fields = {
        "fault": "never-expires",
        "observed": "never expires",
        "expected": "1 to 30 days",
        "since": "2026-03-01T12:05:09+00:00",
        **changes,
    }
    return Offence(resource, **fields)


def message(**changes: Any) -> Message:
    offences = changes.get("offences", (offence(),))
    fields: dict[str, Any] = {
        "id": "run-1/cloudwatch.log-retention#drifted#2",
        "kind": "drifted",
        "origin": ORIGIN,
        "at": "2026-03-01T14:15:09+00:00",
        "item": "cloudwatch.log-retention",
        "section": "cloudwatch",
        "severity": "high",
        "title": "Every log group keeps its events long enough to investigate",
        "headline": "/aws/lambda/omnitrack-api: never expires",
        "why": "an incident found late can only be investigated in logs that still exist.",
        "offences": offences,
        "offence_count": len(offences),
        "fix": (FIX,),
        "link": "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Alogs",
        **changes,
    }
    return Message(**fields)


def recovered() -> Message:
    return message(
        kind="recovered",
        headline="/aws/lambda/omnitrack-api: never expires no more",
        offences=(offence(ending="mended"),),
        fix=(),
    )


def blinded() -> Message:
    return message(
        kind="blinded",
        headline="Cannot see: Every log group keeps its events",
        reason="cannot see: logs:DescribeLogGroups answered AccessDeniedException "
        "(grant logs:DescribeLogGroups)",
        offences=(),
        fix=(),
        link=None,
    )


def reminder() -> Message:
    return message(
        kind="reminder",
        severity="critical",
        at="2026-03-03T12:05:09+00:00",
        headline="Still failing: /aws/lambda/omnitrack-api: never expires",
    )


def enrolled() -> Message:
    return message(
        id="run-1/*#enrolled",
        kind="enrolled",
        item="*",
        section="*",
        severity="low",
        title="First look",
        headline="167 items seen for the first time: 12 fail",
        why="",
        offences=(),
        fix=(),
        link=None,
        figures={"score": 81.25, "coverage": None, "PASS": 100, "failing": {"critical": 2}},
    )


def flapping() -> Message:
    return message(
        id="run-1/cloudwatch.log-retention#flapping#4",
        kind="flapping",
        headline="/aws/lambda/omnitrack-api: came and went, 3 times of late: never expires",
        notes=(
            Note(
                "How it went",
                (
                    "2026-03-01 13:45 UTC failed",
                    "2026-03-01 14:00 UTC recovered",
                    "2026-03-01 14:15 UTC failed",
                ),
            ),
        ),
    )


def settled() -> Message:
    return message(
        id="run-5/cloudwatch.log-retention#settled#6",
        kind="settled",
        headline="/aws/lambda/omnitrack-api: stays mended (was: never expires)",
        offences=(offence(ending="mended", until="2026-03-01T13:15:09+00:00"),),
        fix=(),
    )


def digest(count: int = 23) -> Message:
    return message(
        id="digest-20260301T141500/*#digest#slack",
        kind="digest",
        item="*",
        section="*",
        title="Changes that came together",
        headline=f"{count} items together: {count} high; {count} drifted",
        why="",
        offences=(),
        fix=(),
        link=None,
        notes=(
            Note(
                f"high: {count} changes",
                ("drifted: /aws/lambda/omnitrack-api: never expires (cloudwatch.log-retention)",),
            ),
            Note("All that is open now", ("compliance run",)),
        ),
        changes=tuple(f"run-1/item-{at}#drifted#2" for at in range(count)),
    )


def daily() -> Message:
    return message(
        id="daily-2026-03-01/*#daily",
        kind="daily",
        item="*",
        section="*",
        severity="low",
        title="The day's summary",
        headline="score 81.2 %; 12 items open, 2 critical; 1 not seen",
        why="",
        offences=(),
        fix=(),
        link=None,
        figures={"score": 81.25, "coverage": None, "PASS": 100, "failing": {"critical": 2}},
        notes=(
            Note("Change", ("score 81.2 %: +1.0 in a day, unknown in a week",)),
            Note("Waiting in dead-letter queues", ("slack: 3",)),
        ),
    )


EVERY_KIND = [
    message(
        runbook="https://runbooks.omnitrack.example/compliance",
        accept="compliance except cloudwatch.log-retention --resource a --until 7d",
    ),
    recovered(),
    blinded(),
    reminder(),
    enrolled(),
    flapping(),
    settled(),
    digest(),
    daily(),
]


def hostile(text: str) -> Message:
    """A message with the text wherever an account's own words can get."""
    return message(
        severity=text,
        section=text,
        item=text,
        title=text,
        headline=text,
        why=text,
        reason=text,
        offences=tuple(offence(text, fault=text, observed=text, expected=text) for _ in range(20)),
        offence_count=10_000,
        fix=(f"aws logs tag --name '{text}'",) * 5,
        link=f"https://console.example/{text}",
        notes=tuple(Note(text, (text,) * 40) for _ in range(20)),
        changes=(text,) * 1_500,
        runbook=f"https://runbooks.example/{text}",
        accept=f"compliance except '{text}'",
    )


_text = (
    st.text(max_size=4_000)
    | st.text(st.characters(codec=None), max_size=400)
    | st.sampled_from(HOSTILE)
)
_moment = st.datetimes().map(lambda at: f"{at.isoformat()}+00:00") | _text
_offences = st.lists(
    st.builds(
        Offence,
        _text,
        _text,
        _text,
        _text,
        _moment,
        st.none() | st.sampled_from(["mended", "gone"]),
    ),
    max_size=25,
)
ANY_MESSAGE = st.builds(
    Message,
    id=_text,
    kind=st.sampled_from([told.kind for told in EVERY_KIND]) | _text,
    origin=st.builds(Origin, _text, _text, _text, _text, _text),
    at=_moment,
    item=_text,
    section=_text,
    severity=st.sampled_from(["critical", "high", "medium", "low"]) | _text,
    title=_text,
    headline=_text,
    why=_text,
    reason=st.none() | _text,
    offences=_offences.map(tuple),
    offence_count=st.integers(0, 10_000),
    fix=st.lists(_text, max_size=8).map(tuple),
    link=st.none() | _text.map(lambda text: f"https://{text}"),
    notes=st.lists(
        st.builds(Note, _text, st.lists(_text, max_size=20).map(tuple)), max_size=10
    ).map(tuple),
    changes=st.lists(_text, max_size=30).map(tuple),
    runbook=st.none() | _text.map(lambda text: f"https://{text}"),
    accept=st.none() | _text,
    figures=st.dictionaries(_text, st.none() | st.integers() | st.floats() | _text, max_size=20),
)
LARGEST = message(
    title="日" * 4_000,
    headline="日" * 4_000,
    why="日" * 4_000,
    reason="\x00" * 4_000,
    offences=tuple(
        offence(
            "\x00" * 2_000 + str(at),
            fault="日" * 2_000,
            observed="\x01" * 3_000,
            expected="🚨" * 3_000,
        )
        for at in range(20)
    ),
    fix=tuple("日" * 6_000 for _ in range(5)),
    notes=tuple(Note("日" * 2_000, tuple("🚨" * 3_000 for _ in range(40))) for _ in range(20)),
    changes=tuple(f"{'a' * 70}{at}" for at in range(400)),
    runbook=f"https://runbooks.example/{'a' * 2_000}",
    accept="日" * 6_000,
)
