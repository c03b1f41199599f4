"""X-Ray: which requests are traced, and what traces show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from compliance.facts.traces import SamplingRule, TracedService
from compliance.model import Offender, Verdict, plural
from compliance.registry import check

# --- sampling -------------------------------------------------------------------------------------

_DEFAULT = "Default"
_CHOSEN = "sampling-rule:workload"


@check
def sampling_is_chosen(sampling_rules: Sequence[SamplingRule]) -> Verdict:
    """A rule besides the default one samples something.

    One that takes nothing leaves out health checks and the like: useful, but no choice of what to
    trace. What a rule matches is not held against the workload.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
    """
    own = [rule for rule in sampling_rules if rule.name != _DEFAULT]
    offenders = []
    if not any(rule.fixed_rate > 0 or rule.reservoir_per_second > 0 for rule in own):
        without = f"none of {plural(len(own), 'rule')} besides the default one samples anything"
        observed = without if own else "there is no rule but the default one"
        expected = "a rule for the workload that samples"
        offenders = [Offender(_CHOSEN, "missing", observed, expected, ("sampling_rules",))]
    return Verdict.of(
        "sampling rule",
        [_CHOSEN, *(rule.arn for rule in own)],
        offenders,
        holds="at least one is the workload's own and samples",
    )


# --- the service map ------------------------------------------------------------------------------

_CLIENT, _REMOTE = "client", "remote"


@check
def the_service_map_shows_the_workload(
    service_graph: Sequence[TracedService], *, services: Sequence[str], hours: int
) -> Verdict:
    """Each service of the workload is a node of the service map of the last `hours`.

    It has to tell of itself: a node that is known from its callers alone is not instrumented, and
    one that stands for clients is none of the workload's. A service that had no request is missing
    as well, whichever way it is instrumented.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-servicemap.html
    """
    if not services:
        return Verdict.not_applicable("the baseline names no service", settled=True)
    kinds: dict[str, set[str]] = {}
    for service in service_graph:
        kinds.setdefault(service.name, set()).add(service.kind.lower())
    return Verdict.of(
        "service",
        (f"service:{name}" for name in services),
        (offender for name in services for offender in _unseen(name, kinds, hours)),
        holds=f"all were seen within {plural(hours, 'hour')}",
    )


def _unseen(name: str, kinds: Mapping[str, Collection[str]], hours: int) -> Iterator[Offender]:
    seen_as = {*kinds.get(name, ())} - {_CLIENT}
    if seen_as - {_REMOTE}:
        return
    fault, observed = (
        ("not-instrumented", "only its callers tell of it: it sends no traces itself")
        if seen_as
        else ("not-seen", "no trace shows it: it is not instrumented, or had no request")
    )
    expected = f"on the service map within {plural(hours, 'hour')}"
    yield Offender(f"service:{name}", fault, observed, expected, ("service_graph",))
