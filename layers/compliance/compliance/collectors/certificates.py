"""AWS Certificate Manager: the certificates of custom domain names, each in its own region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.apis import ApiDomain
from compliance.facts.certificates import Certificate, Renewal
from compliance.model import Gap
from compliance.registry import Read, collector

DESCRIBE_CERTIFICATE = Read(
    "acm", "DescribeCertificate", absent=frozenset({"ResourceNotFoundException"})
)


@collector(DESCRIBE_CERTIFICATE)
def certificates(reader: Reader, api_domains: Sequence[ApiDomain]) -> Iterator[Certificate]:
    """The certificates that custom domain names of API Gateway name, each once.

    That of an edge-optimised name is kept in us-east-1. One of another account cannot be described
    from here, which is a gap and not an absence.
    """
    arns = dict.fromkeys(
        arn
        for domain in api_domains
        for arn in (*domain.certificate_arns, domain.ownership_certificate_arn)
        if arn
    )
    yield from reader.each(arns, partial(_certificate, reader), arn=str)


def _certificate(reader: Reader, arn: str) -> Certificate | None:
    region, owner = arn.split(":")[3:5]
    if owner != reader.identity.account:
        message = f"it belongs to account {owner}, which alone can describe it"
        raise ReadFailed(Gap(DESCRIBE_CERTIFICATE.action, "OtherAccount", message))
    answer = reader.call(DESCRIBE_CERTIFICATE, region=region, CertificateArn=arn)
    return _described(arn, answer["Certificate"]) if answer else None


def _described(arn: str, said: Mapping[str, Any]) -> Certificate:
    renewal = said.get("RenewalSummary")
    return Certificate(
        arn=arn,
        names=tuple(dict.fromkeys((said["DomainName"], *said.get("SubjectAlternativeNames", ())))),
        status=said["Status"],
        not_after=said.get("NotAfter"),
        imported=said.get("Type") == "IMPORTED",
        renewal=Renewal(
            renewal["RenewalStatus"], renewal["UpdatedAt"], renewal.get("RenewalStatusReason")
        )
        if renewal
        else None,
    )
