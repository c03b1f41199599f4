"""The event bus: PutEvents succeeds as a call even where it took no event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compliance.sinks.refusals import TRANSIENT, sending
from compliance.sinks.undelivered import Refused, Retry

__all__ = ["Bus"]


class Bus:
    """The bus that events are put on."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 -- an EventBridge client
        self._client = client

    def put(self, entry: Mapping[str, Any]) -> None:
        """Put one event on the bus that it names; raises Retry or Refused."""
        to = f"the event bus {entry['EventBusName']}"
        with sending("events:PutEvents", to):
            answer = self._client.put_events(Entries=[entry])
        if not answer.get("FailedEntryCount"):
            return
        failed = answer["Entries"][0]
        code = str(failed.get("ErrorCode", "?"))
        message = f"{to} took no event: {code}: {str(failed.get('ErrorMessage', ''))[:300]}"
        raise Retry(message) if code in TRANSIENT else Refused(message)
