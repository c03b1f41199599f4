"""Elastic IP addresses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ElasticIp:
    """An Elastic IP address that no AWS service manages. AWS does not tell its age.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html
    """

    arn: str
    address: str
    associated: bool
