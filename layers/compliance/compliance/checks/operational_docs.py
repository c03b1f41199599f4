"""Operational documentation: whom AWS and the team reach in an emergency."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from compliance.facts.contacts import AlternateContact
from compliance.facts.levels import ApiLevels
from compliance.levels import by_hour, highest, look_at, share, total
from compliance.model import Identity, Offender, Verdict
from compliance.registry import check
from compliance.statements.records import Quantity

_KINDS = ("OPERATIONS", "SECURITY", "BILLING")

# What templates leave for people to fill in, and what says nothing. A name under .example is a
# documented environment's own, unlike one of the three domains that samples use.
_PLACEHOLDER = re.compile(
    r"""\b(?:tbd|tbc|todo|fixme|change-?me|replace-?me|placeholder|dummy|n/a)\b
      | \byour[-_ .] | (?<![a-z])x{3,}(?![a-z]) | <[^<>@]*> | \{\{.*\}\} | \$\{.*\}
      | [@.]example\.(?:com|net|org)\b | ^[+0\W]*$""",
    re.IGNORECASE | re.VERBOSE,
)


@check(alone=True)
def contacts_are_set(
    alternate_contacts: Sequence[AlternateContact], *, contacts: Mapping[str, str | Sequence[str]]
) -> Verdict:
    """AWS has a contact for operations, security and billing; nobody is a placeholder.

    Neither there nor among the `contacts` of the baseline. That somebody answers is not looked at.

    Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html
    """
    known = {contact.kind: contact for contact in alternate_contacts}
    return Verdict.of(
        "contact",
        (*map(_resource, _KINDS), *(f"contact:{name}" for name in contacts)),
        (
            *(o for kind in _KINDS for o in _with_aws(kind, known.get(kind))),
            *(o for name, value in contacts.items() for o in _with_the_team(name, value)),
        ),
        holds="all are set, and none is a placeholder",
    )


def _resource(kind: str) -> str:
    return f"alternate-contact:{kind}"


def _with_aws(kind: str, contact: AlternateContact | None) -> Iterator[Offender]:
    # The person is asked for on the terminal: no account knows a name or a number to put there.
    fix = (
        f"aws account put-alternate-contact --alternate-contact-type {kind} "
        "--cli-input-json file:///dev/stdin"
    )
    expected = "a name, a mail address and a phone number that reach somebody"
    if contact is None:
        observed = f"AWS has no contact for {kind.lower()}"
        absent = ("alternate_contacts",)
        yield Offender(_resource(kind), "missing", observed, expected, absent, fix)
        return
    told = {
        "name": contact.name,
        "mail address": contact.email_address,
        "phone number": contact.phone_number,
    }
    wrong = [what for what, value in told.items() if _PLACEHOLDER.search(value)]
    if wrong:
        observed = f"placeholder for the {' and the '.join(wrong)}"
        yield Offender(_resource(kind), "placeholder", observed, expected, fix=fix)


def _with_the_team(name: str, value: str | Sequence[str]) -> Iterator[Offender]:
    values = [value] if isinstance(value, str) else value
    wrong = [each for each in values if _PLACEHOLDER.search(each)]
    if wrong:
        observed = f"the baseline says {', '.join(wrong)}"
        yield Offender(f"contact:{name}", "placeholder", observed, "a contact that is reached")


# --- service levels -------------------------------------------------------------------------------

_PERCENT = frozenset({"%", "percent"})


@check
def measured_levels_keep_the_promise(
    api_levels: Sequence[ApiLevels],
    stated: Quantity | None,
    identity: Identity,
    *,
    minimum_errors: int,
) -> Verdict:
    """No API answered fewer requests of a day without a server error than the objective promises.

    The objective is the one that is attested, in percent. A day that misses it has used up more
    than a day's share of the error budget, whatever the month will look like; it takes
    `minimum_errors`, for one error of ten at night breaks no promise. An objective in another unit
    is not held against anything, and the latency is only shown.

    Source: https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/availability.html
    """
    used = [api for api in api_levels if total(api.requests) or total(api.server_errors)]
    if not used:
        return Verdict.not_applicable("no traffic in the last 24 hours to hold it against")
    objective = stated.number if stated and stated.unit.lower() in _PERCENT else None
    offenders = [
        Offender(
            api.arn,
            "below-the-slo",
            f"{api.name}: {_available(api)} without a server error in the last 24 hours",
            f"{stated}, as the objective says",
            fix=look_at(
                api,
                api.error_metric,
                "--statistics Sum",
                highest(by_hour(api.server_errors))[0],
                region=identity.region,
            ),
        )
        for api in used
        if objective is not None
        and _availability(api) < objective
        and total(api.server_errors) >= minimum_errors
    ]
    worst = min(used, key=lambda api: (_availability(api), api.arn))
    said = f"the least available was {worst.name}: {_available(worst)} without a server error"
    latencies = [(api.p95_ms, api.name) for api in used if api.p95_ms is not None]
    if latencies:
        latency, name = max(latencies)
        said += f"; the slowest was {name} with a p95 of {latency:,.0f} ms"
    return Verdict.of(
        "API", (api.arn for api in used), offenders, holds=said, seen=(a.arn for a in api_levels)
    )


def _availability(api: ApiLevels) -> float:
    """In percent, and no more than was measured: what rounds up to the objective misses it."""
    return math.floor(1e6 * (100 - share(total(api.server_errors), total(api.requests)))) / 1e6


def _available(api: ApiLevels) -> str:
    return (
        f"{math.floor(1e3 * _availability(api)) / 1e3:g} % of {total(api.requests):,.0f} requests"
    )
