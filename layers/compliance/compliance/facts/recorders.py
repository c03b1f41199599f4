"""AWS Config: what records the configurations of resources, and where it puts them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigurationRecorder:
    """A customer managed recorder with its state.

    `last_status` is PENDING, SUCCESS or FAILURE, empty before it ran. `only_types`: it records
    these types and no other, None where it records all but `excluded_types`.
    Source: https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html
    """

    arn: str
    name: str
    recording: bool
    last_status: str
    last_error: str = ""
    only_types: tuple[str, ...] | None = None
    excluded_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryChannel:
    """Where histories and snapshots are delivered."""

    name: str
    bucket: str
