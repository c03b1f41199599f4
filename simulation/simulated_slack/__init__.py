"""An endpoint that stands for Slack's incoming webhooks, for the demo and the tests.

with SlackEndpoint() as slack:
    slack.answer(rate_limited(30), times=2)
    post_somehow(slack.url)
    print(readable(slack.posted[0]))
"""

from simulated_slack.answers import (
    Answer,
    closed,
    closed_after_posting,
    hanging,
    html_page,
    rate_limited,
    refused,
)
from simulated_slack.endpoint import SlackEndpoint
from simulated_slack.limits import mistakes
from simulated_slack.reading import readable

__all__ = [
    "Answer",
    "SlackEndpoint",
    "closed",
    "closed_after_posting",
    "hanging",
    "html_page",
    "mistakes",
    "rate_limited",
    "readable",
    "refused",
]
