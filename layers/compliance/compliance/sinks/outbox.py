"""The acknowledgement: the outbox learns which channel has delivered a change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from compliance.memory import DELIVERIES, partition_of
from compliance.messages import Origin
from compliance.sinks.refusals import sending
from compliance.sinks.undelivered import Retry

__all__ = ["DELIVERED", "HANDED_OVER", "RETIRED", "Outbox"]

DELIVERED = "delivered"

HANDED_OVER = "handed over"
"""A digest tells it, and is pending until it is delivered."""

RETIRED = "retired"
"""Its channel is gone from the stack: nobody is left to tell."""

_DONE = (DELIVERED, HANDED_OVER, RETIRED)

_log = logging.getLogger(__name__)


class Outbox:
    """The rows of changes in the state table, as the senders see them."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 -- a DynamoDB client
        self._client = client
        self._table = table

    def delivered(self, change: Mapping[str, str], channel: str, at: str) -> None:
        """Note that a channel has a change; the last of its channels takes it off the pending list.

        Safe whoever else does the same at the same time: each notes its own channel, sees by the
        answer what all have noted until then, and the row itself decides again in the second write.
        Never makes a row: one that is gone needs no acknowledgement. Raises Retry or Refused.
        """
        self._done(change, channel, at, DELIVERED)

    def handed_over(self, change: Mapping[str, str], receiver: str, at: str) -> None:
        """Note that a digest, which is pending itself, tells a receiver of a change."""
        self._done(change, receiver, at, HANDED_OVER)

    def _done(self, change: Mapping[str, str], channel: str, at: str, state: str) -> None:
        row = self._note(change, channel, at, state)
        if row is None:
            return
        states = row["channels"]["M"]
        if all(state["M"]["state"]["S"] in _DONE for state in states.values()):
            self._settle(change, list(states))

    def retired(self, change: Mapping[str, str], receiver: str, at: str) -> None:
        """Note that there is no channel any more through which a receiver could have a change."""
        self._done(change, receiver, at, RETIRED)

    def last_delivery(self, origin: Origin, channel: str, message: str, at: str) -> None:
        """Remember a channel's latest delivery, the evidence that it works; never an older one."""
        with sending("dynamodb:UpdateItem", "the state table"):
            self._update(
                {"pk": partition_of(origin.account, origin.region, DELIVERIES), "sk": channel},
                "SET last_at = :at, last_message_id = :message, entity = :entity",
                "attribute_not_exists(last_at) OR last_at <= :at",
                {},
                {
                    ":at": {"S": at},
                    ":message": {"S": message},
                    ":entity": {"S": "delivery"},
                },
            )

    def _note(
        self, change: Mapping[str, str], channel: str, at: str, state: str
    ) -> dict[str, Any] | None:
        noted = {"M": {"state": {"S": state}, "at": {"S": at}}}
        with sending("dynamodb:UpdateItem", "the state table"):
            row = self._update(
                change,
                "SET #channels.#channel = :noted",
                "attribute_exists(pk) AND attribute_exists(#channels)",
                {"#channels": "channels", "#channel": channel},
                {":noted": noted},
            )
        if row is not None and "channels" not in row:
            message = "the outbox does not know yet whom the change is for"
            raise Retry(message)
        if row is None:
            _log.warning("the outbox has no row of a delivered change: %s", dict(change))
        return row

    def _settle(self, change: Mapping[str, str], channels: list[str]) -> None:
        """Take a change off the pending list, if all its channels have it at this moment."""
        names = {f"#c{number}": name for number, name in enumerate(channels)}
        done = {f":done{number}": {"S": state} for number, state in enumerate(_DONE)}
        conditions = [f"#channels.{alias}.#state IN ({', '.join(done)})" for alias in names]
        with sending("dynamodb:UpdateItem", "the state table"):
            self._update(
                change,
                "REMOVE pending_pk, pending_at",
                " AND ".join(["size(#channels) = :count", *conditions]),
                {"#channels": "channels", "#state": "state", **names},
                {**done, ":count": {"N": str(len(channels))}},
            )

    def _update(
        self,
        key: Mapping[str, str],
        expression: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        """Update a row where the condition holds: the row after it, or as it is, or None."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={name: {"S": value} for name, value in key.items()},
                UpdateExpression=expression,
                ConditionExpression=condition,
                **({"ExpressionAttributeNames": names} if names else {}),
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            unchanged: dict[str, Any] | None = error.response.get("Item")  # type: ignore[assignment]  # the stubs know no Item in an error
            return unchanged
        row: dict[str, Any] = answer["Attributes"]
        return row
