"""The topics that alerts are sent to, and the keys that they are encrypted with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertTopic:
    """A topic that the baseline names as one for alerts, as it is now.

    `key` is as the topic has it: a key's id, ARN or alias; None where it is not encrypted. `policy`
    is the text of its access policy.
    Source: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
    """

    arn: str
    key: str | None
    confirmed_subscriptions: int
    policy: str = ""


@dataclass(frozen=True, slots=True)
class TopicKey:
    """The key of an alert topic; `state` is AWS's word, Gone where there is no such key.

    `arn` and `policy`, the text of its key policy, are read of customers' keys that are there.
    """

    topic_arn: str
    state: str
    customer_managed: bool = True
    arn: str | None = None
    policy: str | None = None
