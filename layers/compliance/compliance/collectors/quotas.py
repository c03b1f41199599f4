"""Service quotas: only those that the baseline names, as an account has thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.quotas import Quota
from compliance.model import Gap
from compliance.registry import Read, collector

_UNKNOWN = frozenset({"NoSuchResourceException"})

GET_QUOTA = Read(
    "service-quotas", "GetServiceQuota", ("servicequotas:GetServiceQuota",), absent=_UNKNOWN
)
GET_DEFAULT = Read(
    "service-quotas",
    "GetAWSDefaultServiceQuota",
    ("servicequotas:GetAWSDefaultServiceQuota",),
    absent=_UNKNOWN,
)


@collector(GET_QUOTA, GET_DEFAULT, named="quotas")
def quotas(reader: Reader, *, named: Sequence[Mapping[str, Any]]) -> Iterator[Quota]:
    """The quotas that the baseline names; one that AWS does not know is absent.

    Of a quota that was never applied to the account AWS may know the default alone.
    """
    keys = dict.fromkeys((quota["service"], quota["code"]) for quota in named)
    yield from reader.each(keys, partial(_quota, reader))


def _quota(reader: Reader, key: tuple[str, str]) -> Quota | None:
    service, code = key
    for read in (GET_QUOTA, GET_DEFAULT):
        answer = reader.call(read, ServiceCode=service, QuotaCode=code)
        if answer is not None:
            return Quota(service, code, _value(read, answer["Quota"]))
    return None


def _value(read: Read, quota: Mapping[str, Any]) -> float:
    """Service Quotas answers without an error also where the service refused it the value."""
    if "Value" not in quota:
        reason = quota.get("ErrorReason", {})
        code = reason.get("ErrorCode", "NoValue")
        raise ReadFailed(Gap(read.action, code, reason.get("ErrorMessage", "")))
    return float(quota["Value"])
