"""The world that every check is held against: records of every fact, good and bad ones.

A module `records_*` beside this one gives those of its facts in `POOL`, and in `RESOURCE_OF` whose
resource a record is, for the facts that collectors read resource by resource.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compliance.statements.records import Quantity

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

_STATED = {"measured_levels_keep_the_promise": Quantity(99.9, "percent")}

World = Mapping[str, Sequence[Any]]


def stated_beside(check: str) -> Quantity:
    """The value that people stated beside a check: an hour, where it takes no other."""
    return _STATED.get(check, Quantity(1, "hour"))


def every_record() -> tuple[World, Mapping[str, Callable[[Any], str]]]:
    """All pools in one; a fact that two modules give is a mistake."""
    pool: dict[str, Sequence[Any]] = {}
    resource_of: dict[str, Callable[[Any], str]] = {}
    for path in sorted(Path(__file__).parent.glob("records_*.py")):
        module = importlib.import_module(path.stem)
        assert not pool.keys() & module.POOL.keys(), path.name
        pool |= module.POOL
        resource_of |= module.RESOURCE_OF
    return pool, resource_of
