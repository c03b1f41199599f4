"""Amazon VPC: subnets and where they route."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet that exists, and the availability zone that it is in.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
    """

    id: str
    vpc_id: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table and the subnets that are associated with it by name.

    `main`: it is the VPC's table for every subnet that none is associated with.
    `internet_routes` are the destinations that it sends to an internet gateway which is there: no
    blackholes. An egress-only gateway lets nobody in and is none.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    """

    id: str
    vpc_id: str
    main: bool
    subnet_ids: tuple[str, ...]
    internet_routes: tuple[str, ...]
