"""Whom an alarm wakes: its own targets, or those of a composite alarm that it fires alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from compliance.alarms.composite_rule import Rule, RuleError, parse
from compliance.facts.alarms import BILLING_REGION, Alarm, CompositeAlarm, MetricAlarm
from compliance.facts.topics import Subscription, Topic
from compliance.model import name_of

__all__ = ["Alerting", "Silence", "Targets", "loudest", "tells"]

_OPENS_A_CASE = ("ssm", "ssm-incidents", "aiops")
_TELLS = ("sns", "lambda", *_OPENS_A_CASE)


@dataclass(frozen=True, slots=True)
class Silence:
    """Why an alarm wakes nobody, and the facts in which a target was looked for in vain."""

    fault: str
    observed: str
    absent_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Targets:
    """What can be a live target in one account and region, and the facts that say so.

    `trusted` are targets elsewhere that the baseline states to reach somebody.
    """

    account: str
    region: str
    topics: Collection[Topic]
    subscriptions: Collection[Subscription]
    functions: Collection[str]
    trusted: Collection[str] = ()
    topics_fact: str = "topics"
    subscriptions_fact: str = "subscriptions"
    _topics: frozenset[str] = field(init=False)
    _heard: frozenset[str] = field(init=False)

    @classmethod
    def of_charges(
        cls,
        account: str,
        topics: Collection[Topic],
        subscriptions: Collection[Subscription],
        functions: Collection[str],
        trusted: Collection[str],
    ) -> Targets:
        """The targets where charges are watched, looked for in the facts of that region."""
        return cls(
            account,
            BILLING_REGION,
            topics,
            subscriptions,
            functions,
            trusted,
            topics_fact="billing_region_topics",
            subscriptions_fact="billing_region_subscriptions",
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_topics", frozenset(topic.arn for topic in self.topics))
        heard = (s.topic_arn for s in self.subscriptions if s.confirmed)
        object.__setattr__(self, "_heard", frozenset(heard))

    def silence(self, action: str) -> Silence | None:  # noqa: PLR0911 -- a way out for each reason
        """Why nobody hears of it when `action` (an ARN) is taken; None where somebody does."""
        if action in self.trusted:
            return None
        _, _, service, region, account, *rest = [*action.split(":", 5), "", "", "", "", "", ""]
        if service in _OPENS_A_CASE:
            return None
        here = account == self.account and region == self.region
        if service not in {"sns", "lambda"}:
            return Silence("no-action", f"its action only acts on {service or action}")
        if not here:
            return Silence("target-elsewhere", f"its target is in {account} {region}")
        if service == "lambda":
            name = rest[0].split(":")[1] if ":" in rest[0] else rest[0]
            if name in self.functions:
                return None
            return Silence("function-gone", f"the function {name} does not exist", ("functions",))
        name = name_of(action)
        if action not in self._topics:
            return Silence("topic-gone", f"the topic {name} does not exist", (self.topics_fact,))
        if action not in self._heard:
            observed = f"the topic {name} has no confirmed subscription"
            return Silence("no-confirmed-subscription", observed, (self.subscriptions_fact,))
        return None


class Alerting:
    """Whom each alarm of one region wakes."""

    def __init__(self, alarms: Iterable[Alarm], targets: Targets) -> None:
        self._targets = targets
        self._composites: dict[str, tuple[CompositeAlarm, Rule]] = {}
        self._above: dict[str, list[str]] = {}
        for alarm in alarms:
            if isinstance(alarm, CompositeAlarm):
                try:
                    rule = parse(alarm.rule)
                except RuleError:
                    continue  # what it fires on cannot be told, so it answers for no alarm
                self._composites[alarm.name] = alarm, rule
                for name in rule.mentions:
                    self._above.setdefault(name, []).append(alarm.name)
        self._at_rest = self._settled(frozenset(), self._composites) or frozenset()

    def silence(self, alarm: MetricAlarm) -> Silence | None:
        """Why the alarm wakes nobody; None where itself or a composite alarm above it does."""
        own = self._own(alarm)
        if own is None:
            return None
        above = [self._own(composite) for composite in self.fired_by(alarm.name)]
        if None in above:
            return None
        return _together([own, *(silence for silence in above if silence)])

    def _own(self, alarm: Alarm) -> Silence | None:
        if not alarm.actions:
            return Silence("no-action", "it has no action")
        if not alarm.actions_enabled:
            return Silence("actions-disabled", "its actions are disabled")
        return loudest(self._targets.silence(action) for action in alarm.actions)

    def fired_by(self, name: str) -> list[CompositeAlarm]:
        """The composite alarms that go into ALARM when this alarm alone does."""
        reached: set[str] = set()
        queue = [name]
        while queue:
            above = [each for each in self._above.get(queue.pop(), ()) if each not in reached]
            reached.update(above)
            queue += above
        on = self._settled(self._at_rest | {name}, reached - {name}) or frozenset()
        return [self._composites[each][0] for each in sorted(on & reached - self._at_rest)]

    def _settled(self, on: frozenset[str], changing: Collection[str]) -> frozenset[str] | None:
        """What is in ALARM once the composite alarms `changing` follow; None if they never rest."""
        for _ in range(len(changing) + 1):
            fire = {name for name in changing if self._composites[name][1].fires(on)}
            after = on.difference(changing) | fire
            if after == on:
                return on
            on = after
        return None


def tells(action: str) -> bool:
    """Whether the target of an action is of a kind that tells somebody, and does not only act."""
    return [*action.split(":", 3), "", "", ""][2] in _TELLS


def loudest(silences: Iterable[Silence | None]) -> Silence | None:
    """Why nobody hears of any of several targets; None where somebody hears of one.

    The target that was meant to tell somebody gives the reason, before one that only acts.
    """
    found = list(silences)
    quiet = [silence for silence in found if silence]
    if not quiet or len(quiet) < len(found):
        return None
    return _together(sorted(quiet, key=lambda silence: silence.fault == "no-action"))


def _together(silences: Sequence[Silence]) -> Silence:
    """The first, resting on all the facts that any rests on: had one of them spoken, it would."""
    absent_from = (fact for silence in silences for fact in silence.absent_from)
    return replace(silences[0], absent_from=tuple(dict.fromkeys(absent_from)))
