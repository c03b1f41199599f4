"""Sending once: what was sent is remembered, and not sent again however often it is asked for.

A message can still be sent twice where its receiver took it and the answer was lost, or where the
function ended between the answer and the memory: nobody can tell these from never having been sent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)

from compliance.sinks.undelivered import Retry, Undelivered

__all__ = ["Once"]

REMEMBERED = timedelta(days=30)
"""Longer than a queue and its dead-letter queue can keep a message: each keeps it 14 days."""

_KEY_PREFIX = "deliver"

_log = logging.getLogger(__name__)


class Once:
    """The memory of what was sent, in Powertools' idempotency table."""

    def __init__(self, client: Any, table: str) -> None:  # noqa: ANN401 -- a DynamoDB client
        self._store = DynamoDBPersistenceLayer(table_name=table, boto3_client=client)
        self._config = IdempotencyConfig(
            expires_after_seconds=int(REMEMBERED.total_seconds()), hash_function="sha256"
        )

    def during(self, context: Any) -> None:  # noqa: ANN401 -- a Lambda context
        """A send that this invocation does not live to finish may be tried again after it."""
        self._config.register_lambda_context(context)

    def __call__(self, key: str, send: Callable[[], str]) -> str:
        """What `send` returned the first time; a send that raised is not remembered.

        Raises Retry where the memory cannot be asked, and where somebody else is sending this.
        """
        sent: list[str] = []
        failed: list[Undelivered] = []

        def act(*, key: str) -> str:
            del key
            try:
                sent.append(send())
            except Undelivered as error:
                failed.append(error)
                raise
            return sent[0]

        remembered = idempotent_function(
            act,
            data_keyword_argument="key",
            persistence_store=self._store,
            config=self._config,
            key_prefix=_KEY_PREFIX,
        )
        try:
            answer: str = remembered(key=key)
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            message = "another invocation is sending it"
            raise Retry(message) from error
        except IdempotencyPersistenceLayerError as error:
            if sent:
                _log.warning("a message was sent and could not be remembered: %s", key)
                return sent[0]
            if failed:
                raise failed[0] from None
            message = "the idempotency table does not answer"
            raise Retry(message) from error
        return answer
