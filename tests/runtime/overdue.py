"""The outbox of a simulated stack, and what has waited in it for too long."""

from typing import Any

from simulated_deployment import Deployment

__all__ = ["make_overdue", "rows_of"]


def rows_of(deployment: Deployment) -> list[dict[str, Any]]:
    table = deployment.account.client("dynamodb").scan(TableName=deployment.table)
    rows: list[dict[str, Any]] = table["Items"]
    return rows


def make_overdue(deployment: Deployment) -> int:
    """All that no queue has yet has waited since last year; how many rows that is."""
    waiting = [r for r in rows_of(deployment) if "pending_at" in r and "queued_at" not in r]
    for row in waiting:
        deployment.account.client("dynamodb").update_item(
            TableName=deployment.table,
            Key={"pk": row["pk"], "sk": row["sk"]},
            UpdateExpression="SET pending_at = :long_ago, #at = :long_ago",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":long_ago": {"S": "2025-01-01T00:00:00+00:00"}},
        )
    return len(waiting)
