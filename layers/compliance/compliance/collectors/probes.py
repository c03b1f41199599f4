"""The addresses that the baseline names, as the internet sees them. Nothing of AWS is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from compliance.collectors.https import ask
from compliance.collectors.reader import Reader
from compliance.facts.probes import ProbeAnswer
from compliance.registry import collector


@collector(addresses="probes.addresses", required_headers="probes.required_headers")
def probe_answers(
    reader: Reader, *, addresses: Sequence[str], required_headers: Mapping[str, str | bool]
) -> Iterator[ProbeAnswer]:
    """What each address answers, side by side; one without an answer leaves a gap of its own."""
    yield from reader.each(addresses, partial(ask, names=list(required_headers)), arn=str)
