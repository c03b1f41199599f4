"""What the endpoint can be told to answer instead of `ok`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """A status and a body. `posts`: the message is in the channel whatever the caller hears."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    posts: bool = False
    seconds: float = 0.0
    closes: bool = False


def refused(status: int, code: str) -> Answer:
    """A refusal with Slack's code: 404 `no_service`, 410 `channel_is_archived` and others."""
    return Answer(status, code)


def rate_limited(seconds: int) -> Answer:
    """Too many messages: 429, to be tried again after so many seconds."""
    return Answer(429, "rate_limited", {"Retry-After": str(seconds)})


def html_page(status: int = 502) -> Answer:
    """Something in front of Slack breaks."""
    page = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
    return Answer(status, page, {"Content-Type": "text/html"})


def hanging(seconds: float, *, posts: bool = False) -> Answer:
    """Nothing comes for so long; whether the message was posted nobody hears."""
    return Answer(posts=posts, seconds=seconds, closes=True)


def closed() -> Answer:
    """The connection ends without an answer, and nothing was posted."""
    return Answer(closes=True)


def closed_after_posting() -> Answer:
    """The message was posted, and its answer is lost."""
    return Answer(posts=True, closes=True)
