"""Amazon SNS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of this account and region."""

    arn: str


@dataclass(frozen=True, slots=True)
class TopicPolicy:
    """The text of a topic's access policy: who may publish to it.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
    """

    topic_arn: str
    policy: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who asked for a topic's messages, `confirmed` or still (or no more) to be.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Subscription.html
    """

    topic_arn: str
    protocol: str
    endpoint: str
    confirmed: bool
