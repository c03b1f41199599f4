"""Topics: the mail for people, and the JSON for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.sinks.refusals import sending

__all__ = ["Topic"]


class Topic:
    """A topic that messages are published to."""

    def __init__(self, client: Any, arn: str) -> None:  # noqa: ANN401 -- an SNS client
        self._client = client
        self._arn = arn

    def publish(
        self, body: str, attributes: Mapping[str, Mapping[str, str]], subject: str | None = None
    ) -> None:
        """Publish; raises Retry or Refused. A subject is what mail readers show in their list."""
        titled = {"Subject": subject} if subject else {}
        with sending("sns:Publish", f"the topic {self._arn}"):
            self._client.publish(
                TopicArn=self._arn, Message=body, MessageAttributes=attributes, **titled
            )
