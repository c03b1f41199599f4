"""AWS Systems Manager Incident Manager."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """Whom an incident engages, and what it starts."""

    arn: str
    name: str
