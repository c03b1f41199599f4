"""Where the template puts what on the dashboard: boxes and their titles, and no data."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from simulated_deployment.template import Resolver, load_template

__all__ = ["layout_page"]

_COLUMN, _ROW = 54, 17
_STYLE = f"""
body {{ margin: 0; padding: 20px 24px 28px; background: #f2f3f3; color: #16191f;
  font: 14px/1.4 "Amazon Ember", "Helvetica Neue", Roboto, Arial, sans-serif; }}
h1 {{ font-size: 18px; margin: 0; }} p {{ margin: 2px 0 14px; color: #545b64; }}
.grid {{ position: relative; width: {24 * _COLUMN}px; }}
.box {{ position: absolute; box-sizing: border-box; padding: 10px 14px; background: #fff;
  border: 1px solid #d5dbdb; border-radius: 8px; overflow: hidden; }}
.box b {{ display: block; }} .box span {{ color: #545b64; font-size: 12px; display: block; }}
.custom {{ border: 2px solid #0b57a4; }}
"""
_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "us-east-1",
    "AWS::Partition": "aws",
    "AWS::StackName": "omnitrack-compliance",
    "AWS::URLSuffix": "amazonaws.com",
}
_VIEWS = {"singleValue": "number", "timeSeries": "lines", "bar": "bars", "table": "table"}


def layout_page() -> str:
    """The dashboard's body as it would be deployed, drawn as a plan."""
    template = load_template()
    resolver = Resolver(template, {}, _PSEUDO)
    resolver.attributes["Widget.Arn"] = "the widget's function"
    dashboard = template["Resources"]["Dashboard"]["Properties"]
    widgets = json.loads(resolver.resolved(dashboard["DashboardBody"]))["widgets"]
    height = max(each["y"] + each["height"] for each in widgets) * _ROW
    boxes = "".join(_box(each) for each in widgets)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Layout</title>'
        f"<style>{_STYLE}</style><h1>omnitrack-compliance</h1>"
        f"<p>The layout of the dashboard, drawn from template.yaml: titles and what is plotted, "
        f'without data.</p><div class="grid" style="height:{height}px">{boxes}</div></html>'
    )


def _box(widget: dict[str, Any]) -> str:
    gap = 4
    left, top = widget["x"] * _COLUMN, widget["y"] * _ROW
    wide, high = widget["width"] * _COLUMN - 2 * gap, widget["height"] * _ROW - 2 * gap
    properties = widget["properties"]
    return (
        f'<div class="box {widget["type"]}" '
        f'style="left:{left}px;top:{top}px;width:{wide}px;height:{high}px">'
        f"<b>{escape(properties['title'])}</b>{_content(widget)}</div>"
    )


def _content(widget: dict[str, Any]) -> str:
    properties = widget["properties"]
    if widget["type"] == "custom":
        return "<span>custom widget: what fails, filters, drill-down, statements due</span>"
    view = _VIEWS.get(properties["view"], properties["view"])
    labels = [each["label"] for row in properties["metrics"] if (each := row[-1]).get("label")]
    plotted = ", ".join("one a section" if "PROP" in label else label for label in labels)
    return (
        f"<span>{'stacked ' if properties.get('stacked') else ''}{view}: {escape(plotted)}</span>"
    )
