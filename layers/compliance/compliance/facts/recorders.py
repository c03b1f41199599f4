"""AWS Config: what records the configurations of resources, and where it puts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """Where histories and snapshots are delivered, and what of them AWS last failed to deliver.

    `failures` maps `history`, `snapshot` (both to the bucket) and `stream` (to a topic) to the code
    of the error that it failed with.
    Source: https://docs.aws.amazon.com/config/latest/APIReference/API_DeliveryChannelStatus.html
    """

    name: str
    bucket: str
    failures: Mapping[str, str] = field(default_factory=dict, hash=False)
