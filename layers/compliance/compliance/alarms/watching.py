"""Which alarms watch a demand, and what keeps them from meeting it: by metric, never by name."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from compliance.alarms.alerting import Alerting
from compliance.alarms.demand import READS, WRITES, Definition, Demand
from compliance.alarms.metric_math import NotUnderstood, compute
from compliance.alarms.remedies import Fix
from compliance.facts.alarms import Alarm, Metric, MetricAlarm
from compliance.model import Offender

__all__ = ["Watchers"]

_ABOVE = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
# Totals at which an expression is sampled; one that only counts from above 1,000 requests a period
# on is not understood, since below that it sees nothing.
_SAMPLES = (1_000.0, 4_000.0, 64_000.0)
_ELSEWHERE = 1e9


@dataclass(frozen=True, slots=True)
class _Watch:
    """How an alarm watches a demand: the parts it sees, its threshold in the baseline's unit."""

    alarm: MetricAlarm
    parts: frozenset[str]
    threshold: float | None
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a watch does not count; `absent_from` are the facts in which it was looked for."""

    code: str
    observed: str
    absent_from: tuple[str, ...] = ()


class Watchers:
    """The alarms of one region, ready to be asked who watches what."""

    def __init__(
        self, alarms: Iterable[Alarm], alerting: Alerting, *, alarms_fact: str = "alarms"
    ) -> None:
        self._alerting = alerting
        self._fact = alarms_fact
        self._by_dimension: dict[tuple[str, str, str], list[MetricAlarm]] = {}
        for alarm in alarms:
            if isinstance(alarm, MetricAlarm):
                keys = {
                    (metric.namespace, name, value)
                    for metric in alarm.metrics.values()
                    for name, value in metric.dimensions.items()
                }
                for key in keys:
                    self._by_dimension.setdefault(key, []).append(alarm)

    def offenders(self, demand: Demand, definition: Definition, fix: Fix) -> list[Offender]:
        """What keeps the demand from being met: nothing where good alarms watch all its parts.

        An alarm with a fault is named only where it would fill a gap that no good alarm fills. Of
        an API they watch so each stage.
        """
        found: dict[tuple[str, str], Offender] = {}
        for each in demand.by_stage():
            for offender in self._offenders(each, definition, fix):
                found.setdefault(offender.key, offender)
        return [*found.values()]

    def _offenders(self, demand: Demand, definition: Definition, fix: Fix) -> list[Offender]:
        near = self._near(demand)
        watches = [w for alarm in near if (w := _watch(alarm, demand, definition))]
        judged = [(watch, self._faults(watch, demand, definition)) for watch in watches]
        good = _expanded({part for watch, faults in judged if not faults for part in watch.parts})
        unmet = demand.parts - good
        if not unmet:
            return []
        seen = _expanded({part for watch in watches for part in watch.parts})
        missing = sorted(demand.parts - seen)
        # Any of these silences may be due to something unseen, and then its alarm is a good one.
        unheard = {fact for _, faults in judged for fault in faults for fact in fault.absent_from}
        absent_from = (self._fact, *sorted(unheard - {self._fact}))
        found = [
            Offender(
                watch.alarm.arn,
                fault.code,
                fault.observed,
                definition.in_words if fault.code in _BY_DEFINITION else _EXPECTED[fault.code],
                absent_from=(*absent_from, *_stages_behind(watch, demand)),
                fix=fix(demand, definition, watch.alarm, fault.code),
            )
            for watch, faults in judged
            for fault in faults
            if any(_SERVES.get(part, part) in unmet for part in watch.parts - good)
        ]
        if missing:
            partial = sorted({alarm.name for alarm in near if _partly(alarm, demand, missing)})
            found.append(
                Offender(
                    demand.name,
                    "missing",
                    _nothing_watches(missing, demand, partial),
                    f"an alarm {definition.in_words}",
                    absent_from=absent_from,
                    fix=fix(demand, definition, None, "missing"),
                )
            )
        return found

    def watching(self, demand: Demand, definition: Definition) -> list[MetricAlarm]:
        """The alarms that see the demand or a part of it, whatever their thresholds and targets."""
        watches = (_watch(alarm, demand, definition) for alarm in self._near(demand))
        return [watch.alarm for watch in watches if watch and not watch.fault]

    def _near(self, demand: Demand) -> Sequence[MetricAlarm]:
        name, value = next(iter(demand.dimensions.items()))
        return self._by_dimension.get((demand.namespace, name, value), ())

    def _faults(self, watch: _Watch, demand: Demand, definition: Definition) -> list[_Fault]:
        alarm = watch.alarm
        faults: list[_Fault] = []
        if watch.fault:
            faults.append(_Fault(*watch.fault))
        if alarm.comparison not in _ABOVE and not alarm.band:
            faults.append(_Fault("wrong-comparison", f"it compares with {alarm.comparison}"))
        if watch.threshold is not None and _looser(watch.threshold, definition.threshold):
            observed = f"threshold {watch.threshold:.12g} {definition.unit}"
            faults.append(_Fault("looser-threshold", observed))
        wanted = (definition.datapoints_to_alarm, definition.evaluation_periods)
        if (alarm.datapoints_to_alarm, alarm.evaluation_periods) != wanted:
            observed = f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods"
            faults.append(_Fault("wrong-datapoints", observed))
        concerned = [metric for metric in alarm.metrics.values() if demand.concerns(metric)]
        units = {m.unit for m in concerned if m.unit and m.unit != demand.unit}
        if units:
            observed = f"it only takes what is in {', '.join(sorted(units))}: nothing is"
            faults.append(_Fault("wrong-unit", observed))
        periods = {m.period_seconds for m in concerned}
        if periods != {definition.period_seconds}:
            observed = f"periods of {', '.join(map(str, sorted(periods)))} s"
            faults.append(_Fault("wrong-period", observed))
        if silence := self._alerting.silence(alarm):
            faults.append(_Fault(silence.fault, silence.observed, silence.absent_from))
        return faults


_BY_DEFINITION = frozenset(
    {
        "looser-threshold",
        "wrong-datapoints",
        "wrong-period",
        "wrong-statistic",
        "wrong-comparison",
        "not-a-rate",
        "anomaly-band",
        "expression-not-understood",
    }
)
_EXPECTED = {
    "wrong-unit": "no unit, or the one that the metric is published in",
    "no-action": "an action that tells somebody",
    "actions-disabled": "actions enabled",
    "topic-gone": "a topic that exists",
    "function-gone": "a function that exists",
    "no-confirmed-subscription": "a topic with a confirmed subscription",
    "target-elsewhere": "a target of this account and region, or one in alarms.trusted_targets",
}


def _looser(found: float, wanted: float) -> bool:
    return found > wanted and not math.isclose(found, wanted, rel_tol=1e-9)


def _stages_behind(watch: _Watch, demand: Demand) -> tuple[str, ...]:
    """The fact that could show that the alarm is on no stage that exists, if it is on a stage."""
    on_a_stage = any("Stage" in metric.dimensions for metric in watch.alarm.metrics.values())
    return (demand.stages_fact,) if demand.stages_fact and on_a_stage else ()


def _nothing_watches(missing: Sequence[str], demand: Demand, partial: Sequence[str]) -> str:
    what = (
        "nothing watches it"
        if len(missing) == len(demand.parts)
        else f"nothing watches {' and '.join(missing)}"
    )
    if demand.beside.get("Stage"):
        what = f"{what} on stage {' and '.join(demand.stages)}"
    if not partial:
        return what
    see = "sees" if len(partial) == 1 else "see"
    return f"{what} whole: {', '.join(partial[:3])} {see} only a part"


_SERVES = dict.fromkeys(READS, "reads") | dict.fromkeys(WRITES, "writes")


def _expanded(parts: Collection[str]) -> frozenset[str]:
    """Parts of a table by operation count as reads or writes once all such operations are there."""
    seen = frozenset(parts)
    reads = frozenset({"reads"}) if seen >= READS else frozenset[str]()
    writes = frozenset({"writes"}) if seen >= WRITES else frozenset[str]()
    return seen | reads | writes


def _partly(alarm: MetricAlarm, demand: Demand, missing: Collection[str]) -> bool:
    """Whether the alarm asks for a piece of what is missing: one operation, stage or index."""
    concerned = (metric for metric in alarm.metrics.values() if demand.concerns(metric))
    return any(
        _SERVES.get(part, part) in missing and (part in _SERVES or not demand.whole(metric))
        for metric in concerned
        if (part := demand.part_of(metric))
    )


def _watch(alarm: MetricAlarm, demand: Demand, definition: Definition) -> _Watch | None:
    """How the alarm watches the demand, or None where it watches something else or a part."""
    concerned = {id_: m for id_, m in alarm.metrics.items() if demand.concerns(m)}
    totals = {id_: m for id_, m in concerned.items() if demand.is_total(m)}
    parts = {
        id_: part
        for id_, metric in concerned.items()
        if id_ not in totals and (part := demand.part_of(metric))
    }
    if not parts or not all(demand.whole(metric) for metric in concerned.values()):
        return None
    watched = frozenset(parts.values())
    if alarm.band:
        return _Watch(alarm, watched, None, ("anomaly-band", "an anomaly band, not a threshold"))
    statistics = sorted({concerned[id_].statistic for id_ in parts})
    if fault := _wrong_statistic(statistics, totals.values(), demand, definition):
        return _Watch(alarm, watched, None, fault)
    try:
        scales = _scales(alarm, demand, parts, totals)
    except NotUnderstood:
        observed = f"what it computes cannot be told: {alarm.expressions.get(alarm.watched, '')}"
        return _Watch(alarm, watched, None, ("expression-not-understood", observed))
    if alarm.threshold is None:
        return _Watch(alarm, watched, None, ("expression-not-understood", "it has no threshold"))
    wanted = 100.0 if demand.totals else 1.0
    loosest = alarm.threshold * wanted / min(scales.values())
    return _Watch(alarm, frozenset(scales), loosest)


def _wrong_statistic(
    found: Sequence[str], totals: Collection[Metric], demand: Demand, definition: Definition
) -> tuple[str, str] | None:
    """The statistic must make it a rate, a percentile at least as high, a sum or a maximum."""
    observed = f"statistic {', '.join(found)}"
    if demand.totals:
        if any(total.statistic not in {"Sum", "SampleCount"} for total in totals):
            return "not-a-rate", f"{observed} over what counts no requests"
        wanted = "Sum" if totals else "Average"
        return None if found == [wanted] else ("not-a-rate", observed)
    if definition.percentile is not None:
        wanted_percentile = definition.percentile
        high = all(_percentile(statistic) >= wanted_percentile for statistic in found)
        return None if high else ("wrong-statistic", observed)
    wanted = "Maximum" if demand.kind == "cost" else "Sum"
    return None if found == [wanted] else ("wrong-statistic", observed)


def _percentile(statistic: str) -> float:
    if statistic == "Maximum":
        return 100.0
    try:
        return float(statistic.removeprefix("p")) if statistic.startswith("p") else 0.0
    except ValueError:
        return 0.0


def _scales(
    alarm: MetricAlarm, demand: Demand, parts: Mapping[str, str], totals: Mapping[str, Metric]
) -> dict[str, float]:
    """By part the constant k with which the alarm's number is k x the part's rate, sum or value.

    Each part is sampled alone, so that a sum of parts counts for all of them, as does their
    maximum, and one that the expression leaves out for none. Metrics of other subjects are sampled
    as errorless with very many requests: an expression that takes the maximum over many functions
    still follows this one, one that pools them does not. A rate may be over any of the totals that
    the alarm has, or several. Raises NotUnderstood where there is no such constant.
    """
    elsewhere = {
        id_: _ELSEWHERE if demand.is_total(metric) or metric.name in demand.totals else 0.0
        for id_, metric in alarm.metrics.items()
    }
    counted = {id_: m.name if m.name in demand.totals else m.statistic for id_, m in totals.items()}
    names = sorted(set(counted.values()))
    requests = [
        {name: total * (1.0 + place * (at + 1.0)) for place, name in enumerate(names)}
        for at, total in enumerate(_SAMPLES)
    ]
    shares = [2.0 * (at + 1.0) for at in range(len(_SAMPLES))]
    over = [subset for n in range(1, len(names) + 1) for subset in combinations(names, n)] or [()]

    def numbers(present: Collection[str]) -> list[float]:
        """What the alarm compares in each sample, when only these parts have a share."""
        return [
            compute(
                alarm.watched,
                alarm.expressions,
                elsewhere
                | {id_: count[name] for id_, name in counted.items()}
                | {id_: share if part in present else 0.0 for id_, part in parts.items()},
            )
            for share, count in zip(shares, requests, strict=True)
        ]

    alone = {part: numbers({part}) for part in parts.values()}
    highest = [max(found) for found in zip(*alone.values(), strict=True)]
    hidden = any(
        found < high * (1 - 1e-9) for found, high in zip(numbers(alone), highest, strict=True)
    )
    scales = {
        part: scale
        for part, found in alone.items()
        if (scale := _scale(found, shares, requests, over)) > 0
    }
    if hidden or not scales:
        raise NotUnderstood(alarm.watched)
    return scales


def _scale(
    found: Sequence[float],
    shares: Sequence[float],
    requests: Sequence[Mapping[str, float]],
    over: Sequence[tuple[str, ...]],
) -> float:
    """The constant between what was found and the share of some totals; 0 where all is zero."""
    if not any(found):
        return 0.0
    for names in over:
        scales = [
            number / share * (sum(count[name] for name in names) if names else 1.0)
            for number, share, count in zip(found, shares, requests, strict=True)
        ]
        first = scales[0]
        same = all(math.isclose(scale, first, rel_tol=1e-6) for scale in scales)
        if same and first > 0 and math.isfinite(first):
            return first
    raise NotUnderstood(str(found))
