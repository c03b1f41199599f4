"""AWS X-Ray, in the region that is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from compliance.collectors.reader import Reader
from compliance.facts.traces import SamplingRule, TracedService
from compliance.registry import Read, collector

GET_SAMPLING_RULES = Read("xray", "GetSamplingRules")
GET_SERVICE_GRAPH = Read("xray", "GetServiceGraph")

# https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html
_LONGEST_WINDOW = timedelta(hours=6)


@collector(GET_SAMPLING_RULES)
def sampling_rules(reader: Reader) -> Iterator[SamplingRule]:
    """Every rule, the default one among them."""
    for page in reader.pages(GET_SAMPLING_RULES):
        for record in page.get("SamplingRuleRecords", ()):
            rule = record["SamplingRule"]
            yield SamplingRule(
                rule.get("RuleARN", rule["RuleName"]),
                rule["RuleName"],
                rule["FixedRate"],
                rule["ReservoirSize"],
            )


@collector(GET_SERVICE_GRAPH, hours="xray.window_hours")
def service_graph(reader: Reader, now: datetime, *, hours: int) -> Iterator[TracedService]:
    """The nodes that traces of the last `hours` show, a window of six hours a listing."""
    end, first = now, now - timedelta(hours=hours)
    while end > first:
        start = max(first, end - _LONGEST_WINDOW)
        for page in reader.pages(GET_SERVICE_GRAPH, StartTime=start, EndTime=end):
            for service in page.get("Services", ()):
                kind = service.get("Type", "remote")
                for name in {service.get("Name"), *service.get("Names", ())} - {None}:
                    yield TracedService(name, kind)
        end = start
