"""What is attached to instances and interfaces, or could be: volumes and Elastic IP addresses."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.elastic_ips import ElasticIp
from compliance.facts.volumes import Volume
from compliance.registry import Read, collector

DESCRIBE_VOLUMES = Read("ec2", "DescribeVolumes")
DESCRIBE_ADDRESSES = Read("ec2", "DescribeAddresses")


@collector(DESCRIBE_VOLUMES)
def volumes(reader: Reader) -> Iterator[Volume]:
    """Every volume in the region that no AWS service operates, 500 a page."""
    where = reader.identity
    for page in reader.pages(DESCRIBE_VOLUMES, MaxResults=500):
        for volume in page["Volumes"]:
            if volume.get("Operator", {}).get("Managed"):
                continue
            prefix = f"arn:{where.partition}:ec2:{where.region}:{where.account}:volume"
            yield Volume(
                arn=f"{prefix}/{volume['VolumeId']}",
                state=volume["State"],
                created_at=volume["CreateTime"],
                size_gb=volume.get("Size", 0),
            )


@collector(DESCRIBE_ADDRESSES)
def elastic_ips(reader: Reader) -> Iterator[ElasticIp]:
    """Every Elastic IP address in the region that no AWS service manages, all in one answer."""
    where = reader.identity
    answer = reader.call(DESCRIBE_ADDRESSES) or {}
    for address in answer.get("Addresses", ()):
        if address.get("ServiceManaged"):
            continue
        name = address.get("AllocationId") or address["PublicIp"]
        yield ElasticIp(
            arn=f"arn:{where.partition}:ec2:{where.region}:{where.account}:elastic-ip/{name}",
            address=address.get("PublicIp") or address.get("CarrierIp", ""),
            associated=any(
                address.get(to) for to in ("AssociationId", "NetworkInterfaceId", "InstanceId")
            ),
        )
