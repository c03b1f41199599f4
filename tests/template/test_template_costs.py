"""The page and the README say what the stack costs, and their sums are those of their rows."""

import re
from decimal import Decimal

from deployed_template import ROOT, template

from compliance.checklist import load_checklist

TEMPLATE = template()
PAGE = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COSTS = PAGE.partition("## What it costs")[2].partition("### Beside the others")[0]

AMOUNT = re.compile(r"\$(\d+\.\d\d)\b")


def _columns(text: str, name: str) -> list[Decimal]:
    """The amounts in the last cells of a table's row, one a cell."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    cells = row.strip("| ").split("|")[1:]
    return [Decimal(found[1]) for cell in cells[-2:] if (found := AMOUNT.match(cell.strip(" *")))]


def _names(text: str) -> list[str]:
    rows = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    return [name for name in rows if name and not name.startswith("*")]


def test_the_page_s_sums_are_those_of_its_rows() -> None:
    rows = [_columns(COSTS, name) for name in _names(COSTS)]
    assert [sum(column) for column in zip(*rows, strict=True)] == _columns(COSTS, "**together**")


def test_the_readme_s_sum_is_that_of_its_rows_and_the_page_s() -> None:
    table = README.partition("[its working]")[2].partition("| **this monitor")
    listed, free = _columns(COSTS, "**together**")
    assert sum(_columns(table[0], name)[-1] for name in _names(table[0])) == listed
    assert table[2].partition("\n")[0].endswith(f"**${listed}** (${free} after the free tier) |")
    assert _columns(PAGE.partition("### Beside the others")[2], "this monitor") == [listed]


def test_the_page_counts_the_dashboard_s_metrics() -> None:
    rows = [
        row
        for widget in TEMPLATE.dashboard()["widgets"]
        for row in widget["properties"].get("metrics", ())
    ]
    named = sum(isinstance(row[0], str) for row in rows)
    sections = {item.section for item in load_checklist().items.values()}
    assert len(rows) - named == 1
    assert f"| dashboard | one, of {named} metrics by name and {len(sections)} by search" in COSTS


def test_the_page_counts_the_alarms() -> None:
    assert f"= {len(TEMPLATE.of_type('AWS::CloudWatch::Alarm'))} at $0.10" in COSTS


def test_the_page_counts_what_the_scheduler_starts() -> None:
    a_month = {"rate(1 minute)": 43_800, "rate(15 minutes)": 2_920, "rate(1 hour)": 730}
    starts = sum(
        a_month.get(each["ScheduleExpression"], 30)
        for each in TEMPLATE.of_type("AWS::Scheduler::Schedule").values()
    )
    assert f"{round(starts, -3):,} starts" in COSTS
