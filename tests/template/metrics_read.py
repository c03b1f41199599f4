"""What the template's dashboard and alarms read of the monitor's own metrics.

The other half of the comparison is what the handlers emit: a metric that is read and never emitted
shows an empty graph, or an alarm that cannot fire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deployed_template import Template

__all__ = ["NAMESPACE", "metrics_read"]

NAMESPACE = "OmniTrack/Compliance"

_SEARCH = re.compile(r"SEARCH\('\{([^,}]+),([^}]+)\}\s+MetricName=\"(\w+)\"")


def metrics_read(template: Template) -> dict[str, set[frozenset[str]]]:
    """Each metric of the monitor's namespace with the sets of dimensions that it is read by."""
    read: dict[str, set[frozenset[str]]] = {}
    for namespace, metric, dimensions in (*_by_alarms(template), *_by_dashboard(template)):
        if namespace == NAMESPACE:
            read.setdefault(metric, set()).add(frozenset(dimensions))
    return read


def _by_alarms(template: Template) -> Iterator[tuple[str, str, list[str]]]:
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        dimensions = [dimension["Name"] for dimension in alarm["Dimensions"]]
        yield alarm["Namespace"], alarm["MetricName"], dimensions


def _by_dashboard(template: Template) -> Iterator[tuple[str, str, list[str]]]:
    for widget in template.dashboard()["widgets"]:
        above: list[str] = []
        for row in widget["properties"].get("metrics", ()):
            names = [name for name in row if isinstance(name, str)]
            if names:
                above = _written_out(names, above)
                yield above[0], above[1], above[2::2]
            else:
                yield from _by_search(row[0])


def _written_out(names: list[str], above: list[str]) -> list[str]:
    """A row of a widget in full: a dot repeats what stands above it."""
    return [above[at] if name == "." else name for at, name in enumerate(names)]


def _by_search(options: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    found = _SEARCH.match(options["expression"])
    if found is None:
        message = f"an expression that is no search of one metric: {options['expression']}"
        raise ValueError(message)
    namespace, dimensions, metric = found.groups()
    yield namespace, metric, dimensions.split(",")
