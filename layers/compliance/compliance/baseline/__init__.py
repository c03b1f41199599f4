"""The baseline: the values that one workload's environment is expected to have.

Names, thresholds and addresses come from here alone, so that another team points the monitor at its
own workload by writing another file.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from compliance.documents import DocumentError, load_yaml, violations

__all__ = ["PRODUCTION", "SCHEMA", "Baseline", "load_baseline"]

PRODUCTION = Path(__file__).with_name("production.yaml")
SCHEMA = Path(__file__).with_name("baseline.schema.json")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A validated baseline. `values` has the shape of `baseline.schema.json`."""

    values: Mapping[str, Any]
    source: str

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401 -- the schema says what each path holds
        """The value at a dotted path such as `logs.retention_days.minimum`; KeyError names it."""
        value: Any = self.values
        for part in path.split("."):
            if not isinstance(value, Mapping) or part not in value:
                message = f"{self.source} has no {path}"
                raise KeyError(message)
            value = value[part]
        return value

    def not_applicable(self, item: str) -> str | None:
        """Why the item does not apply here, or None where it does."""
        reason: str | None = self.values["not_applicable"].get(item)
        return reason

    def excludes(self, item: str, resource: str) -> bool:
        """Whether the item leaves the resource unjudged."""
        return any(
            fnmatchcase(resource, exclusion["resource"])
            for exclusion in self.values["scope"]["exclude"]
            if item in exclusion.get("items", (item,))
        )


def load_baseline(
    path: Path = PRODUCTION, *, items: Collection[str] = (), environment: str | None = None
) -> Baseline:
    """The baseline at `path`; `items` are the ids that it may speak of.

    `environment` is what a deployment calls the environment, if it does: by a baseline of another
    the metrics would go where the deployment's dashboard does not look.

    Raises DocumentError with every mistake at once: its path, what was found, what was expected.
    """
    values = load_yaml(path)
    mistakes = list(violations(values, json.loads(SCHEMA.read_text(encoding="utf-8"))))
    if not mistakes:
        mistakes = list(_contradictions(values, items))
        mistakes += _other_environment(values, environment)
    if mistakes:
        raise DocumentError(str(path), mistakes)
    return Baseline(values, str(path))


def _contradictions(values: Mapping[str, Any], items: Collection[str]) -> Iterator[str]:
    """What each value alone cannot show: ranges that are empty, items that do not exist."""
    yield from _empty_ranges(values, "")
    for kind, definition in values["alarms"]["definitions"].items():
        m, n = definition["datapoints_to_alarm"], definition["evaluation_periods"]
        if m > n:
            yield (
                f"alarms.definitions.{kind}.datapoints_to_alarm: found {m}, expected at most the "
                f"evaluation_periods, {n}"
            )
    if not items:
        return
    named = [(f"not_applicable.{item}", item) for item in values["not_applicable"]]
    for at, exclusion in enumerate(values["scope"]["exclude"]):
        named += [(f"scope.exclude[{at}].items", item) for item in exclusion.get("items", ())]
    named += [(f"alerts.runbooks.items.{i}", i) for i in values["alerts"]["runbooks"]["items"]]
    yield from _unknown_sections(values["alerts"], {item.partition(".")[0] for item in items})
    yield from (
        f"{path}: found {item!r}, expected the id of an item (compliance items lists them)"
        for path, item in named
        if item not in items
    )


def _other_environment(values: Mapping[str, Any], deployed: str | None) -> Iterator[str]:
    if deployed and values["environment"] != deployed:
        yield (
            f"environment: found {values['environment']!r}, expected {deployed!r}, the environment "
            "that is deployed"
        )


def _unknown_sections(alerts: Mapping[str, Any], sections: Collection[str]) -> Iterator[str]:
    named = [(f"alerts.runbooks.sections.{name}", name) for name in alerts["runbooks"]["sections"]]
    for at, route in enumerate(alerts["routes"]):
        named += [(f"alerts.routes[{at}].sections", name) for name in route.get("sections", ())]
    yield from (
        f"{path}: found {name!r}, expected a section of the checklist"
        for path, name in named
        if name not in sections
    )


def _empty_ranges(value: object, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        low, high = value.get("minimum"), value.get("maximum")
        if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
            yield f"{path}: found minimum {low} above maximum {high}, expected minimum <= maximum"
        for name, inner in value.items():
            yield from _empty_ranges(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _empty_ranges(inner, f"{path}[{at}]")
