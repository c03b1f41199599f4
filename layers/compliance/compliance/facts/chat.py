"""Ways into a team's chat: a chat client of AWS, or a webhook that this monitor posts to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatChannel:
    """A channel that AWS's chat client posts the messages of topics to.

    `enabled` is False where a policy of the organization forbids it.
    Source: https://docs.aws.amazon.com/chatbot/latest/APIReference/API_SlackChannelConfiguration.html
    """

    arn: str
    client: str
    topic_arns: tuple[str, ...]
    enabled: bool
