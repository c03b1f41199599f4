"""JUnit XML, by which a pipeline shows and gates on an evaluation as on its tests.

A section is a test suite and an item a test case: FAIL is a failure, UNKNOWN an error, for nobody
could tell; EXCEPTED and NOT_APPLICABLE are skipped with their reason. The shape is that of the
schema that Jenkins publishes.
Source: https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from compliance.model import ItemResult, Status
from compliance.printable import printable, shortened
from compliance.report import Report
from compliance.score import Score
from compliance_cli.formats import outline

__all__ = ["render"]

_OFFENDERS = 200
_LONGEST = 1000


def render(report: Report) -> str:
    """The report as one `testsuites`, all of it printable: that is more than XML asks of text."""
    root = ET.Element("testsuites", name=printable(f"{report.workload} {report.environment}"))
    _count(root, report.score, len(report.results))
    root.set("time", f"{report.duration_seconds:.3f}")
    for section, score in report.sections.items():
        members = [each for each in report.results.values() if each.item.section == section]
        suite = ET.SubElement(root, "testsuite", name=printable(report.titles[section]), id=section)
        _count(suite, score, len(members))
        suite.set("skipped", str(outline.left_out(score)))
        suite.set("time", "0")
        suite.set("timestamp", f"{report.evaluated_at:%Y-%m-%dT%H:%M:%S}")
        _properties(suite, report, score)
        for result in members:
            _case(suite, report, result)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _count(suite: ET.Element, score: Score, total: int) -> None:
    suite.set("tests", str(total))
    suite.set("failures", str(score.counts[Status.FAIL]))
    suite.set("errors", str(score.counts[Status.UNKNOWN]))


def _properties(suite: ET.Element, report: Report, score: Score) -> None:
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("account", report.identity.account),
        ("region", report.identity.region),
        ("score", outline.percent(score.value)),
        ("coverage", outline.percent(score.coverage)),
    ):
        ET.SubElement(properties, "property", name=name, value=value)


def _case(suite: ET.Element, report: Report, result: ItemResult) -> None:
    item = result.item
    case = ET.SubElement(suite, "testcase", classname=item.section, name=item.id, time="0")
    summary = _message(result.summary)
    match result.status:
        case Status.FAIL:
            failure = ET.SubElement(case, "failure", message=summary, type=item.severity.value)
            failure.text = _lines(_details(report, result))
        case Status.UNKNOWN:
            error = ET.SubElement(case, "error", message=summary, type=item.severity.value)
            error.text = printable(result.reason or result.summary)
        case Status.EXCEPTED | Status.NOT_APPLICABLE:
            ET.SubElement(case, "skipped", message=_message(result.reason or result.summary))
        case Status.PASS:
            pass
    if said := outline.statements(result):
        ET.SubElement(case, "system-out").text = _lines(said)


def _details(report: Report, result: ItemResult) -> Iterable[str]:
    yield result.item.title
    named = outline.names(result.offenders)
    for offender in result.offenders[:_OFFENDERS]:
        yield f"{named[offender.resource]}: {offender.observed} → {offender.expected}"
    if len(result.offenders) > _OFFENDERS:
        yield f"and {len(result.offenders) - _OFFENDERS:,} more"
    if result.reason:
        yield result.reason
    for command in report.remedies.get(result.item.id, ()):
        yield f"Fix: {command}"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(map(printable, lines))


def _message(text: str) -> str:
    return shortened(printable(text), _LONGEST)
