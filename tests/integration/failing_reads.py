"""Which reads can fail, which items need each, and what must be said of these."""

from __future__ import annotations

from datetime import UTC, datetime

from evaluating import BASELINE, CHECKLIST, REGISTRY, faults

from compliance.engine import Fact, judge
from compliance.model import Gap, Identity, Item, Status
from compliance.registry import Read, closure
from compliance.report import Report
from simulated_account.paging import Paging

__all__ = ["PAGED", "READS", "by_name", "concerned", "holds"]

_OF_A_SECOND_REGION = {"GetBucketReplication"}
"""What is read for no workload of one region, as production is: tests of its own refuse it."""

_OF_LOST_ARTIFACTS = {"ListAliases", "ListVersionsByFunction"}
"""What is read only where no bucket keeps earlier artifacts: see test_collect_functions."""

_BLIND = {
    **{
        fact: Fact(fact, collector.many, gaps=[Gap(collector.action, "AccessDenied")])
        for fact, collector in REGISTRY.collectors.items()
    },
    "now": Fact("now", many=False, record=datetime.now(UTC), present=True),
    "identity": Fact(
        "identity", many=False, record=Identity("123456789012", "us-east-1"), present=True
    ),
}
_SETTLED = {
    item.id
    for item in CHECKLIST.items.values()
    if item.check and judge(item, BASELINE, REGISTRY, _BLIND).status is Status.NOT_APPLICABLE
}
"""What the baseline alone decides, or what only shows something: whatever goes unread."""

_CLOSED_EITHER_WAY = {
    ("cloudtrail.bucket", "GetPublicAccessBlock"),
    ("cloudtrail.bucket", "ListBuckets"),
}
"""Where the one answer is enough, the other is not missed."""


def _missed(item: Item) -> frozenset[Read]:
    """What an item reads but for what only vouches: that is missed where nothing else did.

    test_collect_listening.py and test_collect_costs.py refuse such a read.
    """
    facts = REGISTRY.checks[item.check].facts if item.check else ()
    needed = [f for f in facts if f in REGISTRY.collectors and not REGISTRY.collectors[f].vouches]
    return frozenset(
        read for each in closure(needed, REGISTRY.collectors).values() for read in each.reads
    )


_READS_OF = {item.id: _missed(item) for item in CHECKLIST.items.values()}


def concerned(read: Read) -> frozenset[str]:
    """The items that need the read."""
    return frozenset(
        item.id
        for item in CHECKLIST.items.values()
        if item.check
        and item.id not in _SETTLED
        and not item.either  # what people stated may stand for what went unread
        and read in _READS_OF[item.id]
    )


# What only vouches for something is missed just where nothing else did: see test_collect_listening.
READS = sorted(
    {
        read
        for collector in REGISTRY.collectors.values()
        if not collector.vouches
        for read in collector.reads
        if read.operation not in _OF_A_SECOND_REGION | _OF_LOST_ARTIFACTS and concerned(read)
    },
    key=lambda read: (read.service, read.operation),
)
PAGED = [read for read in READS if Paging.of(read.service, read.operation)]


def by_name(read: Read) -> str:
    return f"{read.service}.{read.operation}"


def holds(read: Read, report: Report, sound: Report, *codes: str) -> None:
    """What needs the read is blind and says why, or fails by what it saw; all else is as before."""
    needing = concerned(read)
    assert needing
    for name, result in report.results.items():
        if name not in needing:
            assert (result.status, result.offenders) == (
                sound.results[name].status,
                sound.results[name].offenders,
            )
            continue
        if (name, read.operation) in _CLOSED_EITHER_WAY and result.status is Status.PASS:
            assert sound.results[name].status is Status.PASS
            continue
        assert result.status in {Status.UNKNOWN, Status.FAIL}, name
        assert read.action in str(result.reason), name
        assert any(f"answered {code}" in str(result.reason) for code in codes), result.reason
    assert faults(report) <= faults(sound)
