"""What people stated, from the table that only they write."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from compliance.collectors.reader import gap_of
from compliance.model import Gap
from compliance.registry import Read
from compliance.statements.document import from_data, identified, is_text, to_data
from compliance.statements.records import Statement
from compliance.statements.standing import Statements

__all__ = ["SCAN", "read_statements"]

SCAN = Read("dynamodb", "Scan")

_log = logging.getLogger(__name__)


def read_statements(client: Any, table: str) -> Statements | Gap:  # noqa: ANN401 -- a DynamoDB client
    """Every statement in the table, or the gap that says why they cannot be read.

    All of them, since what counts follows from the whole trail; people make some hundred a year.
    """
    try:
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        rows = [row for page in pages for row in page["Items"]]
    except Exception as error:
        gap = gap_of(SCAN, error)
        if gap is None:
            raise
        return gap
    return Statements.of(_statements(rows))


def _statements(rows: list[Mapping[str, Any]]) -> Iterator[Statement]:
    """The rows' statements, each by who wrote it: IAM lets a key begin with one's own id only.

    A row that is no statement, or whose id does not follow from its content, is left out: whoever
    wrote it finds nothing stated.
    """
    for row in rows:
        writer = row["pk"]["S"].partition("#")[0]
        try:
            kind = row["kind"]["S"]
            statement = from_data(kind, json.loads(row["statement"]["S"]))
            genuine = statement.id == identified(statement) and is_text(to_data(statement))
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            genuine = False
        if genuine:
            arn = statement.author.arn if _may_be_of(statement.author.arn, writer) else ""
            yield replace(statement, author=replace(statement.author, user_id=writer, arn=arn))
        else:
            _log.warning("a row is no statement", extra={"key": row["sk"].get("S")})


def _may_be_of(arn: str, writer: str) -> bool:
    """Whether an ARN can be that of the writer: of a role's session both end with its name.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    _, is_session, session = writer.partition(":")
    return arn.endswith(f"/{session}") if is_session else ":assumed-role/" not in arn
