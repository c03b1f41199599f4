"""Which environment things say that they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnvironmentTag:
    """A tag of a resource that names an environment, not that of production."""

    resource_arn: str
    key: str
    value: str


def is_elsewhere(value: str, production: Collection[str]) -> bool:
    """Whether a tag's value names another environment than production, whatever its case.

    A blank one names none.
    """
    named = value.strip().casefold()
    return bool(named) and named not in {each.casefold() for each in production}
