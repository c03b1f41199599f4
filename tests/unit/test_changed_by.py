"""Who changed it: asked seldom, quickly and safely, or not at all."""

from datetime import UTC, datetime
from typing import Any

from compliance.collectors.changed_by import MOST_LOOKUPS, SECONDS_BETWEEN, ChangedBy

NOW = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a"


class _Trail:
    def __init__(self, events: list[dict[str, Any]] | Exception) -> None:
        self.events, self.asked = events, []  # type: ignore[var-annotated]  # requests

    def lookup_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if isinstance(self.events, Exception):
            raise self.events
        return {"Events": self.events}


def _event(name: str, *, read_only: str = "false", minute: int = 5) -> dict[str, Any]:
    return {
        "EventName": name,
        "Username": "alice",
        "EventTime": NOW.replace(hour=13, minute=minute),
        "ReadOnly": read_only,
        "CloudTrailEvent": '{"requestParameters": {"password": "hunter2"}}',
    }


def _asked(trail: _Trail) -> ChangedBy:
    return ChangedBy(trail, clock=lambda: 0.0, sleep=lambda _: None)


def test_the_latest_changes_are_told_and_reads_are_not() -> None:
    trail = _Trail([_event("Put", minute=1), _event("Describe", read_only="true"), _event("Del")])
    acts = _asked(trail)([ARN], NOW)
    assert [(act.event, act.principal) for act in acts] == [("Del", "alice"), ("Put", "alice")]
    (request,) = trail.asked
    assert request["LookupAttributes"] == [
        {"AttributeKey": "ResourceName", "AttributeValue": "/aws/lambda/a"}
    ]


def test_nothing_of_an_event_s_parameters_is_taken() -> None:
    assert "hunter2" not in repr(_asked(_Trail([_event("Put")]))([ARN], NOW))


def test_a_failure_leaves_it_out_and_ends_the_asking() -> None:
    trail = _Trail(RuntimeError("throttled"))
    ask = _asked(trail)
    assert ask([ARN], NOW) == []
    assert ask([ARN], NOW) == []
    assert len(trail.asked) == 1


def test_an_invocation_asks_only_so_often() -> None:
    trail = _Trail([])
    ask = _asked(trail)
    for _ in range(20):
        ask([ARN], NOW)
    assert len(trail.asked) == MOST_LOOKUPS
    ask.begin()
    ask([ARN], NOW)
    assert len(trail.asked) == MOST_LOOKUPS + 1


def test_it_waits_between_two_requests() -> None:
    slept: list[float] = []
    ask = ChangedBy(_Trail([]), clock=lambda: 10.0, sleep=slept.append)
    ask([ARN, f"{ARN}-b"], NOW)
    assert slept == [0.0, SECONDS_BETWEEN]


def test_what_is_missing_was_changed_by_nobody_that_could_be_named() -> None:
    trail = _Trail([])
    _asked(trail)(["alarm:api-latency/omnitrack-api"], NOW)
    assert trail.asked == []
