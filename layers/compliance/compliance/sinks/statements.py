"""The statements table, to which people append and from which nothing is ever taken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from compliance.statements.document import kind_of, to_data
from compliance.statements.records import Statement

__all__ = ["append"]


def append(client: Any, table: str, user_id: str, statements: Iterable[Statement]) -> int:  # noqa: ANN401 -- a DynamoDB client
    """Append each statement that is not there yet, in the caller's own name; how many were new.

    The key begins with the caller's unique id, as the policy for people demands. A statement's id
    follows from its content, so that writing again what was cut off writes nothing twice.
    """
    return sum(_append(client, table, user_id, statement) for statement in statements)


def _append(client: Any, table: str, user_id: str, statement: Statement) -> bool:  # noqa: ANN401 -- as above
    kind = kind_of(statement)
    row = {
        "pk": {"S": user_id},
        "sk": {"S": f"{statement.item}#{kind}#{statement.id}"},
        "kind": {"S": kind},
        "statement": {"S": json.dumps(to_data(statement), ensure_ascii=False)},
    }
    try:
        client.put_item(TableName=table, Item=row, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
