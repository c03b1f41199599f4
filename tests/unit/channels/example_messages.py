"""Messages for the tests of channels: ordinary ones, hostile ones, and any that can be."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from compliance.messages import Message, Offence, Origin

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


EVERY_KIND = [message(), recovered(), blinded(), reminder(), enrolled()]


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
    kind=st.sampled_from(["drifted", "recovered", "blinded", "reminder", "enrolled"]) | _text,
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
)
