"""AWS Regions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the partition, and whether the account may use it.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Region.html
    """

    name: str
    enabled: bool
