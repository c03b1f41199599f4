"""Dead letters: what a sender could not deliver, and how it gets another chance.

SQS itself can move dead letters back (StartMessageMoveTask), but unseen and later. Whoever asks for
them wants to know what they are, for which each has to be received; so each is put back by hand,
which moves just what was shown. It is deleted only after its queue has taken it: a crash between
the two leaves it in both, and a message that is there twice is still sent once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from compliance.channels.envelope import NoEnvelope, read
from compliance.messages import Message

__all__ = ["DeadLetter", "DeadLetters"]

_AT_ONCE = 10
_HELD_SECONDS = 120
_WAIT_SECONDS = 1
_EMPTY_ANSWERS = 2


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message in a dead-letter queue. `message` is None where it is none of the monitor's."""

    id: str
    receipt: str
    body: str
    attributes: dict[str, Any]
    message: Message | None


class DeadLetters:
    """A channel's dead-letter queue and the queue that its letters come from."""

    def __init__(self, client: Any, queue_url: str, dead_letter_url: str) -> None:  # noqa: ANN401 -- an SQS client
        self._client = client
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url

    def held(self) -> Iterator[list[DeadLetter]]:
        """All that wait, some at a time, each once; nobody else receives them for two minutes.

        Ends where nothing new has come in twice: SQS may miss what is there when asked once. One
        that comes back meanwhile was tried, and is not tried again.
        """
        seen: set[str] = set()
        empty = 0
        while empty < _EMPTY_ANSWERS:
            answer = self._client.receive_message(
                QueueUrl=self._dead_letter_url,
                MaxNumberOfMessages=_AT_ONCE,
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=_WAIT_SECONDS,
                MessageAttributeNames=["All"],
            )
            letters = [_letter(raw) for raw in answer.get("Messages", ())]
            new = [letter for letter in letters if letter.id not in seen]
            seen.update(letter.id for letter in new)
            empty = 0 if new else empty + 1
            if new:
                yield new

    def put_back(self, letter: DeadLetter) -> str | None:
        """Send a letter to its queue, then delete it; why the queue did not take it, or None.

        One at a time, for ten of them may be larger than a batch can be.
        """
        attributes = {"MessageAttributes": letter.attributes} if letter.attributes else {}
        try:
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=letter.body, **attributes
            )
        except (BotoCoreError, ClientError) as error:
            return str(error)
        self._client.delete_message(QueueUrl=self._dead_letter_url, ReceiptHandle=letter.receipt)
        return None

    def release(self, letters: list[DeadLetter]) -> None:
        """Let others receive the letters again at once; otherwise they can in two minutes."""
        for start in range(0, len(letters), _AT_ONCE):
            self._client.change_message_visibility_batch(
                QueueUrl=self._dead_letter_url,
                Entries=[
                    {"Id": str(at), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for at, letter in enumerate(letters[start : start + _AT_ONCE])
                ],
            )


def _letter(raw: dict[str, Any]) -> DeadLetter:
    try:
        message = read(raw["Body"]).message
    except NoEnvelope:
        message = None
    attributes = {
        name: {key: value for key, value in attribute.items() if not key.endswith("Values")}
        for name, attribute in raw.get("MessageAttributes", {}).items()
    }
    return DeadLetter(raw["MessageId"], raw["ReceiptHandle"], raw["Body"], attributes, message)
