"""Reads one fact of a simulated account through its collector, and what could not be read of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from evaluating import BASELINE, REGISTRY

from compliance.collectors.reader import Connection, Reader
from compliance.engine import ReadFailed
from compliance.model import Gap
from compliance.registry import Collector, closure
from simulated_account import SimulatedAccount

__all__ = ["NOW", "chained", "collected", "reading"]

NOW = datetime(2026, 6, 1, 12, 3, 20, tzinfo=UTC)


@contextmanager
def reading(account: SimulatedAccount, collector: Collector) -> Iterator[tuple[Reader, list[Gap]]]:
    """The reader of a collector, and the gaps that it notes."""
    gaps: list[Gap] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        connection = Connection(
            boto3.Session(region_name=account.region), rate_share=None, attempts=1
        )
        try:
            yield connection.reader(collector, gaps.append, float("inf")), gaps
        finally:
            connection.close()


def collected(
    account: SimulatedAccount, fact: str, *given: Any, **settings: Any
) -> tuple[list[Any], list[Gap]]:
    """All records of a fact of many, and its gaps."""
    collector = REGISTRY.collectors[fact]
    records: list[Any] = []
    with reading(account, collector) as (reader, gaps):
        try:
            for record in collector.function(reader, *given, **settings):
                records.append(record)  # noqa: PERF402 -- keeps what came before a failure
        except ReadFailed as failure:
            gaps.append(failure.gap)
    return records, gaps


def chained(
    fact: str,
    *,
    region: str,
    now: datetime | None = None,
    gaps: list[Gap] | None = None,
    **settings: Any,
) -> list[Any]:
    """The records of a fact, with the facts that it builds on; gaps fail unless asked for.

    Reads whatever account AWS_ENDPOINT_URL is; settings are the baseline's unless given.
    """
    session = boto3.Session("AKIASIMULATED", "simulated", region_name=region)
    connection = Connection(session, rate_share=None, attempts=1)
    found: dict[str, Any] = {"now": now}
    left: list[Gap] = []
    try:
        for name, collector in closure([fact], REGISTRY.collectors).items():
            reader = connection.reader(collector, left.append, float("inf"))
            needs = (found[need] for need in collector.needs)
            given = {
                keyword: settings.get(keyword, BASELINE[path])
                for keyword, path in collector.settings.items()
            }
            found[name] = list(collector.function(reader, *needs, **given))
    finally:
        connection.close()
    if gaps is None:
        assert left == []
    else:
        gaps += left
    records: list[Any] = found[fact]
    return records
