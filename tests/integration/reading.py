"""Reads one fact of a simulated account through its collector, and what could not be read of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from evaluating import REGISTRY

from compliance.collectors.reader import Connection, Reader
from compliance.engine import ReadFailed
from compliance.model import Gap
from compliance.registry import Collector
from simulated_account import SimulatedAccount

__all__ = ["NOW", "collected", "reading"]

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
