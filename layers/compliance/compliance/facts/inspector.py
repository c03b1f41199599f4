"""Amazon Inspector: what is scanned for known vulnerabilities, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Scan:
    """Whether a kind of resource is scanned in the region; `kind` is as `Enable` takes it.

    `status` is ENABLED, DISABLED, or on the way to one of them.
    Source: https://docs.aws.amazon.com/inspector/v2/APIReference/API_ResourceState.html
    """

    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An open critical finding; `resource` is what it was found in, without a version.

    `about` is the vulnerability's id, or the detector's that found a flaw in the code: what stays
    the same where the finding is closed and opened again.
    Source: https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html
    """

    resource: str
    about: str
    title: str
    first_observed_at: datetime
