"""The JSON that a CloudWatch dashboard consists of: its widgets, and what each refers to.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.facts.dashboards import DashboardBody, Line, Widget
from compliance.facts.metrics import MetricQuery

__all__ = ["parse"]

_DEFAULT_STAT = "Average"
_DEFAULT_PERIOD_SECONDS = 300
_KINDS = frozenset({"metric", "text", "log", "alarm", "custom", "explorer", "chart"})
_SOURCE = re.compile(r"""\bSOURCE\s+(['"])(.+?)\1""", re.IGNORECASE)
_ALL_BUT_SOURCES = re.compile(r"\|\s*(?!\s*SOURCE\b).*", re.IGNORECASE | re.DOTALL)


class _Mistake(Exception):  # noqa: N818 -- what is wrong with a dashboard, not a failure of ours
    """The sentence that says what CloudWatch cannot draw."""


def parse(arn: str, name: str, body: str, region: str) -> DashboardBody:
    """The dashboard that `body` describes; what names no region is of `region`.

    Nothing is raised for what cannot be understood: the body, or the one widget, says so.
    """
    try:
        document = json.loads(body)
    except (RecursionError, ValueError) as error:
        return DashboardBody(arn, name, mistake=f"is no JSON ({error})")
    widgets = document.get("widgets") if isinstance(document, dict) else None
    if not isinstance(widgets, list):
        return DashboardBody(arn, name, mistake="has no list of widgets")
    names = _names(widgets)
    return DashboardBody(
        arn,
        name,
        tuple(
            _widget(f"widget:{name}/{called}", widget, region)
            for called, widget in zip(names, widgets, strict=True)
        ),
    )


def _names(widgets: Sequence[Any]) -> Iterator[str]:
    """A widget's title, else its place; a title that comes again is counted."""
    given: Counter[str] = Counter()
    for place, widget in enumerate(widgets, 1):
        properties = widget.get("properties") if isinstance(widget, dict) else None
        title = properties.get("title") if isinstance(properties, dict) else None
        name = title.strip() if isinstance(title, str) and title.strip() else f"untitled {place}"
        given[name] += 1
        yield name if given[name] == 1 else f"{name} ({given[name]})"


def _widget(resource: str, widget: Any, region: str) -> Widget:  # noqa: ANN401 -- whatever JSON there is
    kind = widget.get("type") if isinstance(widget, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        return Widget(resource, "unknown", mistake=f"there is no type of widget {kind!r}")
    properties = widget.get("properties")
    if not isinstance(properties, dict):
        return Widget(resource, kind, mistake="it has no properties")
    try:
        return _of_kind(resource, kind, properties, region)
    except _Mistake as mistake:
        return Widget(resource, kind, mistake=str(mistake))


def _of_kind(resource: str, kind: str, properties: Mapping[str, Any], region: str) -> Widget:
    here = _text(properties, "region") or region
    if kind == "metric":
        lines = tuple(_lines(properties, here))
        annotations = properties.get("annotations", {})
        alarms = _texts(annotations, "alarms") if isinstance(annotations, dict) else ()
        if not lines and not alarms:
            message = "it names neither metrics nor an alarm"
            raise _Mistake(message)
        return Widget(resource, kind, here, lines, alarms)
    if kind == "alarm":
        return Widget(resource, kind, alarms=_texts(properties, "alarms"))
    if kind == "log":
        query = _text(properties, "query") or ""
        groups = () if _text(properties, "accountId") else tuple(_log_groups(query))
        return Widget(resource, kind, here, log_groups=groups)
    if kind == "custom":
        return Widget(resource, kind, function=_text(properties, "endpoint"))
    return Widget(resource, kind)


def _text(properties: Mapping[str, Any], name: str) -> str | None:
    value = properties.get(name)
    if value is not None and not isinstance(value, str):
        message = f"its {name} is no text"
        raise _Mistake(message)
    return value or None


def _texts(properties: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = properties.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        message = f"its {name} are no list of texts"
        raise _Mistake(message)
    return tuple(values)


def _log_groups(query: str) -> Iterator[str]:
    """Those that the query names outright; of an ARN the name, of other accounts nothing."""
    for _, source in _SOURCE.findall(_ALL_BUT_SOURCES.sub("", query)):
        if not source.startswith("arn:"):
            yield source


def _lines(properties: Mapping[str, Any], region: str) -> Iterator[Line]:
    """Each entry is namespace, name and dimensions, then how it is drawn; or an expression alone.

    `.` repeats what the last metric had in that place, `...` as much of it as is missing.
    """
    entries = properties.get("metrics", [])
    if not isinstance(entries, list):
        message = "its metrics are no list"
        raise _Mistake(message)
    before: list[str] = []
    ids: set[str] = set()
    for place, entry in enumerate(entries):
        if not isinstance(entry, list) or not entry:
            message = f"its metric {place + 1} is no list"
            raise _Mistake(message)
        *names, last = entry
        drawn = {**properties, **(last if isinstance(last, dict) else {})}
        if not isinstance(last, dict):
            names.append(last)
            last = {}
        line_id = _text(last, "id") or f"line_{place + 1}"
        if line_id in ids:
            message = f"it has two metrics of the id {line_id}"
            raise _Mistake(message)
        ids.add(line_id)
        metric, expression = None, _text(last, "expression")
        if expression is None:
            before = _spelled_out(names, before, place + 1)
            metric = _query(before, drawn, place + 1)
        yield Line(
            line_id,
            _text(drawn, "region") or region,
            metric,
            expression,
            visible=last.get("visible", True) is not False,
            account=_text(drawn, "accountId"),
        )


def _spelled_out(names: Sequence[Any], before: Sequence[str], place: int) -> list[str]:
    if not all(isinstance(name, str) for name in names):
        message = f"its metric {place} has a name that is no text"
        raise _Mistake(message)
    found = list(names)
    if "..." in found:
        at = found.index("...")
        rest = found[at + 1 :]
        found = [*found[:at], *before[at : len(before) - len(rest)], *rest]
    for at, name in enumerate(found):
        if name == ".":
            if at >= len(before):
                message = f"its metric {place} repeats what no metric before it has"
                raise _Mistake(message)
            found[at] = before[at]
    return found


def _query(names: Sequence[str], drawn: Mapping[str, Any], place: int) -> MetricQuery:
    if len(names) < 2 or len(names) % 2:  # noqa: PLR2004 -- a namespace and a name, then pairs
        message = f"its metric {place} is no namespace and name with pairs of dimensions"
        raise _Mistake(message)
    namespace, name, *dimensions = names
    period = drawn.get("period", _DEFAULT_PERIOD_SECONDS)
    return MetricQuery(
        namespace,
        name,
        tuple(sorted(zip(dimensions[::2], dimensions[1::2], strict=True))),
        _text(drawn, "stat") or _DEFAULT_STAT,
        period if isinstance(period, int) else _DEFAULT_PERIOD_SECONDS,
    )
