"""CloudWatch: moto loses half of an alarm's definition, and mixes up metrics of like names."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from moto.cloudwatch.models import MetricDatum

from simulated_account.answers import metrics
from simulated_account.answers.service import (
    Output,
    ServiceAnswers,
    ServiceError,
    amends,
    answers,
    notes,
    now,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest

_HISTORY_KEPT = timedelta(days=30)
_IN_RULE = re.compile(r"""(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+)["']?\s*\)""")


@dataclass(frozen=True)
class AlarmState:
    """What an alarm is in, and since when."""

    value: str
    reason: str
    updated: datetime
    transitioned: datetime

    def described(self) -> Output:
        """The fields of DescribeAlarms."""
        return {
            "StateValue": self.value,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.updated,
            "StateTransitionedTimestamp": self.transitioned,
        }


@dataclass(frozen=True)
class Alarm:
    """An alarm as it was put, metric or composite."""

    kind: str
    definition: Output
    configured: datetime
    state: AlarmState

    @property
    def name(self) -> str:
        """Unique in account and region, over both kinds."""
        return str(self.definition["AlarmName"])

    def described(self, region: str, account_id: str) -> Output:
        """With the defaults that AWS fills in."""
        alarm: Output = {
            "ActionsEnabled": True,
            "OKActions": [],
            "AlarmActions": [],
            "InsufficientDataActions": [],
        }
        if self.kind == "MetricAlarm":
            alarm["Dimensions"] = []
        alarm |= {key: value for key, value in self.definition.items() if key != "Tags"}
        for query in alarm.get("Metrics", ()):
            query.setdefault("ReturnData", True)
        return alarm | {
            "AlarmArn": f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{self.name}",
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            **self.state.described(),
        }


class CloudWatch(ServiceAnswers):
    """Alarms of both kinds, their states and their history; what AWS itself measured."""

    service = "cloudwatch"

    def __init__(self, moto: MotoAccount) -> None:
        """Without alarms."""
        super().__init__(moto)
        self._alarms: dict[str, dict[str, Alarm]] = defaultdict(dict)
        self._history: dict[str, list[Output]] = defaultdict(list)

    def put(
        self, region: str, kind: str, definition: Output, *, at: datetime | None = None
    ) -> None:
        """Creates or replaces an alarm. A new one has INSUFFICIENT_DATA, an old one its state."""
        at = at or now()
        known = self._alarms[region].get(definition["AlarmName"])
        state = known.state if known else AlarmState("INSUFFICIENT_DATA", "Unchecked", at, at)
        alarm = Alarm(kind, definition, at, state)
        self._alarms[region][alarm.name] = alarm
        verb = "updated" if known else "created"
        self._note(region, alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', at)

    def set_state(
        self,
        region: str,
        name: str,
        value: str,
        *,
        reason: str = "",
        at: datetime | None = None,
        action_error: str | None = None,
    ) -> None:
        """Moves an alarm; a change of its value, and what it does then, leave a trace.

        Its actions succeed, or all fail with `action_error`.
        """
        alarm = self._alarms[region].get(name)
        if alarm is None:
            message = f"Alarm {name} does not exist"
            raise ServiceError(message, code="ResourceNotFound", status=404)
        at = at or now()
        before = alarm.state
        changed = before.value != value
        state = AlarmState(value, reason, at, at if changed else before.transitioned)
        self._alarms[region][name] = replace(alarm, state=state)
        if changed:
            data = {
                "version": "1.0",
                "oldState": {"stateValue": before.value, "stateReason": before.reason},
                "newState": {"stateValue": value, "stateReason": reason},
            }
            summary = f"Alarm updated from {before.value} to {value}"
            self._note(region, alarm, "StateUpdate", summary, at, data)
            self._act(region, alarm, value, at, action_error)

    def set_description(self, region: str, name: str, description: str) -> None:
        """What an alarm says of itself, as if it had been put so."""
        alarm = self._alarms[region][name]
        definition = {**alarm.definition, "AlarmDescription": description}
        self._alarms[region][name] = replace(alarm, definition=definition)

    def settle(self, region: str, *, at: datetime) -> None:
        """Every alarm of the region is OK since `at`: it had data, and nothing was wrong."""
        state = AlarmState("OK", "Threshold not crossed", at, at)
        for name, alarm in list(self._alarms[region].items()):
            self._alarms[region][name] = replace(alarm, configured=at, state=state)

    def add_metric(
        self,
        region: str,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        value: float,
        *,
        at: datetime,
    ) -> None:
        """A value of a metric that only AWS can publish."""
        named = [{"Name": key, "Value": each} for key, each in dimensions.items()]
        datum = MetricDatum(namespace, name, value, named, at)
        self.moto.backend("cloudwatch", region).metric_data.append(datum)

    @answers("GetMetricData")
    def metric_data(self, request: AwsRequest) -> Output:
        """Moto knows no percentiles, and takes metrics of two namespaces for one."""
        data = list(self.moto.backend("cloudwatch", request.region).metric_data)
        return {"MetricDataResults": metrics.results(request, data), "Messages": []}

    def forget_history(self, region: str) -> None:
        """As if the alarms had been quiet for as long as AWS remembers."""
        self._history[region].clear()

    def note_history(self, region: str, item: Output) -> None:
        """An entry in whatever shape AWS may give it."""
        self._history[region].append(item)

    @notes("PutMetricAlarm")
    def put_metric_alarm(self, request: AwsRequest) -> None:
        """Moto drops or distorts fields of metric math, so the whole definition is kept."""
        self.put(request.region, "MetricAlarm", request.params)

    @answers("PutCompositeAlarm")
    def put_composite_alarm(self, request: AwsRequest) -> Output:
        """AWS refuses a rule that names an alarm which does not exist."""
        alarms = self._alarms[request.region]
        for child in children_of(request["AlarmRule"]):
            if child not in alarms:
                message = f"Could not save the composite alarm as alarm {child} does not exist"
                raise ServiceError(message, code="ValidationError")
        self.put(request.region, "CompositeAlarm", request.params)
        return {}

    @notes("SetAlarmState")
    def set_alarm_state(self, request: AwsRequest) -> None:
        """The state that DescribeAlarms shows from now on."""
        self.set_state(
            request.region,
            request["AlarmName"],
            request["StateValue"],
            reason=request["StateReason"],
        )

    @answers("EnableAlarmActions", "DisableAlarmActions")
    def switch_actions(self, request: AwsRequest) -> Output:
        """Unknown names are passed over, as AWS does."""
        enabled = request.operation == "EnableAlarmActions"
        alarms = self._alarms[request.region]
        for name in request["AlarmNames"]:
            if name in alarms:
                definition = {**alarms[name].definition, "ActionsEnabled": enabled}
                self.put(request.region, alarms[name].kind, definition)
        return {}

    @answers("DeleteAlarms")
    def delete(self, request: AwsRequest) -> Output:
        """Of both kinds; AWS does not mind names that are not there."""
        for name in request["AlarmNames"]:
            self._alarms[request.region].pop(name, None)
        self.from_moto(request)
        return {}

    @answers("DescribeAlarms")
    def describe(self, request: AwsRequest) -> Output:
        """Without AlarmTypes AWS returns metric alarms alone, whatever composites exist."""
        kinds = request.get("AlarmTypes") or ["MetricAlarm"]
        found = [
            alarm
            for alarm in sorted(self._alarms[request.region].values(), key=lambda a: a.name)
            if alarm.kind in kinds and self._wanted(request, alarm)
        ]
        return {
            f"{kind}s": [
                alarm.described(request.region, self.moto.account_id)
                for alarm in found
                if alarm.kind == kind
            ]
            for kind in ("MetricAlarm", "CompositeAlarm")
        }

    @amends("DescribeAlarmsForMetric")
    def describe_for_metric(self, request: AwsRequest, output: Output) -> Output:
        """Moto chooses them, their definition is ours."""
        alarms = self._alarms[request.region]
        output["MetricAlarms"] = [
            alarms[alarm["AlarmName"]].described(request.region, self.moto.account_id)
            for alarm in output["MetricAlarms"]
            if alarm["AlarmName"] in alarms
        ]
        return output

    @answers("DescribeAlarmHistory")
    def history(self, request: AwsRequest) -> Output:
        """AWS keeps it for 30 days; newest first unless asked otherwise."""
        name, kind = request.get("AlarmName"), request.get("HistoryItemType")
        start, end = request.get("StartDate"), request.get("EndDate")
        types = request.get("AlarmTypes") or ["MetricAlarm"]
        kept = now() - _HISTORY_KEPT
        found = [
            item
            for item in list(self._history[request.region])
            if item["Timestamp"] > kept
            and (item["AlarmName"] == name if name else item["AlarmType"] in types)
            and kind in {None, item["HistoryItemType"]}
            and (start is None or item["Timestamp"] >= start)
            and (end is None or item["Timestamp"] <= end)
        ]
        descending = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        found.sort(key=lambda item: item["Timestamp"], reverse=descending)
        return {"AlarmHistoryItems": found}

    def _act(self, region: str, alarm: Alarm, value: str, at: datetime, error: str | None) -> None:
        """What the alarm does on a change of state, in the shape of AWS's console and API."""
        which = {"ALARM": "AlarmActions", "OK": "OKActions"}.get(value, "InsufficientDataActions")
        if not alarm.definition.get("ActionsEnabled", True):
            return
        for target in alarm.definition.get(which, ()):
            data = {
                "actionState": "Failed" if error else "Succeeded",
                "stateUpdateTimestamp": int(at.timestamp() * 1000),
                "notificationResource": target,
                **({"error": error} if error else {}),
            }
            summary = (
                f'Failed to execute action {target}. Received error: "{error}"'
                if error
                else f"Successfully executed action {target}"
            )
            self._note(region, alarm, "Action", summary, at, data)

    def _note(
        self,
        region: str,
        alarm: Alarm,
        kind: str,
        summary: str,
        at: datetime,
        data: Output | None = None,
    ) -> None:
        self._history[region].append(
            {
                "AlarmName": alarm.name,
                "AlarmType": alarm.kind,
                "Timestamp": at,
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data or {"version": "1.0"}),
            }
        )

    def _wanted(self, request: AwsRequest, alarm: Alarm) -> bool:
        names, prefix = request.get("AlarmNames"), request.get("AlarmNamePrefix")
        action = request.get("ActionPrefix")
        parent = self._alarms[request.region].get(request.get("ChildrenOfAlarmName", ""))
        definition = alarm.definition
        actions = [
            each
            for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
            for each in definition.get(kind, ())
        ]
        return (
            (not names or alarm.name in names)
            and (not prefix or alarm.name.startswith(prefix))
            and (not action or any(each.startswith(action) for each in actions))
            and request.get("StateValue") in {None, alarm.state.value}
            and (
                "ChildrenOfAlarmName" not in request.params
                or (
                    parent is not None
                    and alarm.name in children_of(parent.definition.get("AlarmRule", ""))
                )
            )
            and (
                "ParentsOfAlarmName" not in request.params
                or request["ParentsOfAlarmName"] in children_of(definition.get("AlarmRule", ""))
            )
        )


def children_of(rule: str) -> Iterable[str]:
    """The alarms that a composite alarm's rule names, by name or ARN."""
    return [
        name.rpartition(":alarm:")[2] if name.startswith("arn:") else name
        for name in _IN_RULE.findall(rule)
    ]
