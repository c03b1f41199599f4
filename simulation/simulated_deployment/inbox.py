"""What people and machines got: queues that listen to the stack's topics and to its event bus."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulated_account import SimulatedAccount

__all__ = ["Inbox", "Mail"]


@dataclass(frozen=True)
class Mail:
    """A mail as a subscriber of the alerts topic gets it, and the attributes to filter by."""

    subject: str
    body: str
    attributes: dict[str, str] = field(default_factory=dict)


class Inbox:
    """Listens from the start; `read` empties the queues into the lists."""

    def __init__(self, account: SimulatedAccount, alerts: str, machines: str, bus: str) -> None:
        self.mails: list[Mail] = []
        self.documents: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self._sqs = account.client("sqs")
        self._mail = self._queue("inbox-mail")
        self._machines = self._queue("inbox-machines")
        self._bus = self._queue("inbox-events")
        sns = account.client("sns")
        for topic, queue in ((alerts, self._mail), (machines, self._machines)):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._arn(queue))
        rules = account.client("events")
        rules.put_rule(
            Name="inbox",
            EventBusName=bus,
            EventPattern=json.dumps({"source": ["omnitrack.compliance"]}),
        )
        target = {"Id": "inbox", "Arn": self._arn(self._bus)}
        rules.put_targets(Rule="inbox", EventBusName=bus, Targets=[target])

    def read(self) -> None:
        """Take what came since."""
        for body in self._bodies(self._mail):
            attributes = {k: v["Value"] for k, v in body.get("MessageAttributes", {}).items()}
            self.mails.append(Mail(body.get("Subject", ""), body["Message"], attributes))
        for body in self._bodies(self._machines):
            self.documents.append(json.loads(body["Message"]))
        self.events += self._bodies(self._bus)

    def _bodies(self, queue: str) -> list[dict[str, Any]]:
        found = []
        while messages := self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _queue(self, name: str) -> str:
        url: str = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        return url

    def _arn(self, url: str) -> str:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn
