"""Amazon VPC: networks, what is attached to them, and the record of their traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Vpc:
    """A network that this account owns, or that another one shares with it.

    `default`: AWS made it with the account, as it did in every region.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
    """

    arn: str
    id: str
    owner: str
    default: bool


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A network interface: whatever uses a VPC has one in it.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
    """

    id: str
    vpc_id: str


@dataclass(frozen=True, slots=True)
class FlowLog:
    """A flow log of a VPC, a subnet, a network interface or a transit gateway.

    `delivery` is SUCCESS or FAILED, None before the first delivery; `delivery_error` says what
    hinders it. `destination` is a log group's name, or the ARN of a bucket or stream.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
    """

    id: str
    resource_id: str
    status: str
    delivery: str | None
    delivery_error: str | None
    traffic: Literal["ALL", "ACCEPT", "REJECT"]
    destination: str
