"""Amazon VPC: subnets and route tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compliance.collectors.reader import Reader
from compliance.facts.network import RouteTable, Subnet
from compliance.registry import Read, collector

DESCRIBE_SUBNETS = Read("ec2", "DescribeSubnets")
DESCRIBE_ROUTE_TABLES = Read("ec2", "DescribeRouteTables")

_ENDED = frozenset({"disassociated", "failed"})
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


@collector(DESCRIBE_SUBNETS)
def subnets(reader: Reader) -> Iterator[Subnet]:
    """Every subnet in the region, also those that other accounts share with this one."""
    for page in reader.pages(DESCRIBE_SUBNETS):
        for subnet in page["Subnets"]:
            yield Subnet(subnet["SubnetId"], subnet["VpcId"], subnet["AvailabilityZone"])


@collector(DESCRIBE_ROUTE_TABLES)
def route_tables(reader: Reader) -> Iterator[RouteTable]:
    """Every route table in the region; associations with gateways concern no subnet."""
    for page in reader.pages(DESCRIBE_ROUTE_TABLES):
        for table in page["RouteTables"]:
            associations = [
                association
                for association in table.get("Associations", ())
                if association.get("AssociationState", {}).get("State") not in _ENDED
            ]
            yield RouteTable(
                id=table["RouteTableId"],
                vpc_id=table["VpcId"],
                main=any(association.get("Main") for association in associations),
                subnet_ids=tuple(
                    association["SubnetId"]
                    for association in associations
                    if association.get("SubnetId")
                ),
                internet_routes=tuple(
                    next(route[name] for name in _DESTINATIONS if route.get(name))
                    for route in table.get("Routes", ())
                    if _leads_to_the_internet(route)
                ),
            )


def _leads_to_the_internet(route: dict[str, Any]) -> bool:
    return str(route.get("GatewayId", "")).startswith("igw-") and route.get("State") != "blackhole"
