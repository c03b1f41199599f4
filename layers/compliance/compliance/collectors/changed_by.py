"""Who changed a resource, as CloudTrail's event history tells: for alerts, not for verdicts.

It is asked within seconds or not at all: an alert never waits for it.
Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from compliance.messages import Act
from compliance.model import name_of

__all__ = ["MOST_LOOKUPS", "SECONDS_BETWEEN", "ChangedBy"]

SECONDS_BETWEEN = 0.5
"""LookupEvents answers two requests a second, for all who ask in an account and region together."""

MOST_LOOKUPS = 6
MOST_RESOURCES = 2
MOST_ACTS = 3
LOOKED_BACK = timedelta(hours=24)

_log = logging.getLogger(__name__)


class ChangedBy:
    """Asks CloudTrail, at most so often for the life of one invocation (`begin`)."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 -- a CloudTrail client, of short time-outs and no retries
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._left = MOST_LOOKUPS
        self._next = 0.0

    def begin(self) -> None:
        """A new invocation may ask anew."""
        self._left = MOST_LOOKUPS

    def __call__(self, resources: Sequence[str], before: datetime) -> list[Act]:
        """The latest changes of the first resources in the day before; nothing where it fails.

        Events come some minutes late, so that the newest may not be there yet. Of an event only its
        name, its user and its time are taken: its parameters may hold what is secret.
        """
        acts: list[Act] = []
        for resource in [each for each in resources if each.startswith("arn:")][:MOST_RESOURCES]:
            if self._left <= 0:
                break
            self._left -= 1
            try:
                acts += self._acts(resource, before)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the alert goes without
                _log.info("CloudTrail was not asked further: %s", type(error).__name__)
                self._left = 0
        return sorted(acts, key=lambda act: act.at, reverse=True)[:MOST_ACTS]

    def _acts(self, resource: str, before: datetime) -> list[Act]:
        self._sleep(max(0.0, self._next - self._clock()))
        self._next = self._clock() + SECONDS_BETWEEN
        answer = self._client.lookup_events(
            LookupAttributes=[
                {"AttributeKey": "ResourceName", "AttributeValue": name_of(resource)}
            ],
            StartTime=before - LOOKED_BACK,
            EndTime=before,
            MaxResults=50,
        )
        return [
            Act(event["EventName"], event.get("Username") or "?", event["EventTime"], resource)
            for event in answer.get("Events", ())
            if event.get("ReadOnly") != "true" and event.get("EventName")
        ]
