"""Why a message was not sent: time mends it, or a person has to.

Either way it stays in its queue, and in the end whole in the dead-letter queue.
"""

from __future__ import annotations

__all__ = ["Refused", "Retry", "Undelivered"]


class Undelivered(Exception):  # noqa: N818 -- what became of the message, as AWS says AccessDenied
    """The message was not sent, or nobody can tell. The text names no secret and no address."""


class Retry(Undelivered):
    """Time mends it: a throttle, a time-out, a fault of the service.

    `after_seconds` is what the service asked to wait for; None where it named no time.
    """

    def __init__(self, reason: str, after_seconds: int | None = None) -> None:
        self.after_seconds = after_seconds
        super().__init__(reason)


class Refused(Undelivered):
    """A person has to mend it; the text says what. Tried again all the same: it may be mended."""
