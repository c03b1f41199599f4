"""The command that gives a demand its alarm, or an alarm its voice."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from compliance.alarms.demand import Definition, Demand
from compliance.facts.alarms import MetricAlarm

__all__ = ["Fix", "fixes"]

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_MOST_ACTIONS = 5
_OF_ITS_TARGETS = frozenset({"no-action", "topic-gone", "function-gone", "target-elsewhere"})

Fix = Callable[[Demand, Definition, MetricAlarm | None, str], str]


def fixes(region: str, topic: str, alert_email: str) -> Fix:
    """What composes the command for a demand as defined, an alarm if any, and its fault."""

    def fix(demand: Demand, definition: Definition, alarm: MetricAlarm | None, fault: str) -> str:
        at = ["--region", region]
        if fault == "actions-disabled" and alarm:
            return shlex.join(
                ["aws", "cloudwatch", "enable-alarm-actions", "--alarm-names", alarm.name, *at]
            )
        if fault == "no-confirmed-subscription" and alarm:
            silent = next((action for action in alarm.actions if ":sns:" in action), topic)
            return shlex.join(
                [
                    "aws",
                    "sns",
                    "subscribe",
                    "--topic-arn",
                    silent,
                    "--protocol",
                    "email",
                    "--notification-endpoint",
                    alert_email,
                    *at,
                ]
            )
        # Putting an alarm replaces all of it: one that also watches something else stays as it is.
        own = alarm and all(demand.concerns(metric) for metric in alarm.metrics.values())
        name = alarm.name if alarm and own else f"{demand.kind}-{demand.subject}"
        kept = alarm.actions if alarm and own and fault not in _OF_ITS_TARGETS else ()
        actions = list(dict.fromkeys([topic, *kept]))[:_MOST_ACTIONS]
        return shlex.join(
            [
                "aws",
                "cloudwatch",
                "put-metric-alarm",
                "--alarm-name",
                name,
                *_watching(demand, definition),
                "--evaluation-periods",
                str(definition.evaluation_periods),
                "--datapoints-to-alarm",
                str(definition.datapoints_to_alarm),
                "--comparison-operator",
                "GreaterThanThreshold",
                "--treat-missing-data",
                "notBreaching",
                "--alarm-actions",
                *actions,
                *at,
            ]
        )

    return fix


def _dimension(name: str, value: str) -> str:
    """In the short form of the command line where that can hold the value, else in JSON."""
    if re.fullmatch(r"[\w./:@ -]+", value):
        return f"Name={name},Value={value}"
    return json.dumps([{"Name": name, "Value": value}])


def _watching(demand: Demand, definition: Definition) -> list[str]:
    def stat(id_: str, name: str, statistic: str) -> dict[str, Any]:
        dimensions = [{"Name": n, "Value": v} for n, v in demand.dimensions.items()]
        metric = {"Namespace": demand.namespace, "MetricName": name, "Dimensions": dimensions}
        of = {"Metric": metric, "Period": definition.period_seconds, "Stat": statistic}
        return {"Id": id_, "MetricStat": of, "ReturnData": False}

    names = {"reads": "ReadThrottleEvents", "writes": "WriteThrottleEvents"}
    metrics = [names.get(part, part) for part in sorted(demand.parts)]
    if len(metrics) == 1:
        if definition.percentile is not None:
            statistic = ["--extended-statistic", f"p{definition.percentile:g}"]
        else:
            average = "Average" if demand.totals else "Maximum"
            statistic = ["--statistic", average]
        threshold = definition.threshold / 100 if demand.totals else definition.threshold
        dimensions = [_dimension(n, v) for n, v in demand.dimensions.items()]
        return [
            "--namespace",
            demand.namespace,
            "--metric-name",
            metrics[0],
            "--dimensions",
            *dimensions,
            *statistic,
            "--period",
            str(definition.period_seconds),
            "--threshold",
            f"{threshold:.12g}",
        ]
    total = max(demand.totals) if demand.totals else None
    queries = [stat(f"m{at}", name, "Sum") for at, name in enumerate(metrics, 1)]
    summed = "+".join(f"m{at}" for at in range(1, len(metrics) + 1))
    if total:
        queries.append(stat("total", total, "Sum"))
        summed = f"100*({summed})/total"
    queries.append({"Id": "watched", "Expression": summed, "ReturnData": True})
    return ["--metrics", json.dumps(queries), "--threshold", f"{definition.threshold:.12g}"]
