"""Amazon VPC: networks, what is attached to them, and the record of their traffic."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.vpcs import FlowLog, NetworkInterface, Vpc
from compliance.registry import Read, collector

DESCRIBE_VPCS = Read("ec2", "DescribeVpcs")
DESCRIBE_NETWORK_INTERFACES = Read("ec2", "DescribeNetworkInterfaces")
DESCRIBE_FLOW_LOGS = Read("ec2", "DescribeFlowLogs")


@collector(DESCRIBE_VPCS)
def vpcs(reader: Reader) -> Iterator[Vpc]:
    """Every network in the region, those that are shared with this account among them."""
    where = reader.identity
    for page in reader.pages(DESCRIBE_VPCS, MaxResults=1000):
        for vpc in page["Vpcs"]:
            owner = vpc.get("OwnerId", where.account)
            arn = f"arn:{where.partition}:ec2:{where.region}:{owner}:vpc/{vpc['VpcId']}"
            yield Vpc(arn, vpc["VpcId"], owner, bool(vpc.get("IsDefault")))


@collector(DESCRIBE_NETWORK_INTERFACES)
def network_interfaces(reader: Reader) -> Iterator[NetworkInterface]:
    """Every network interface in the region, 1,000 a page."""
    for page in reader.pages(DESCRIBE_NETWORK_INTERFACES, MaxResults=1000):
        for interface in page["NetworkInterfaces"]:
            yield NetworkInterface(interface["NetworkInterfaceId"], interface["VpcId"])


@collector(DESCRIBE_FLOW_LOGS)
def flow_logs(reader: Reader) -> Iterator[FlowLog]:
    """Every flow log in the region, whatever it records and wherever it delivers."""
    for page in reader.pages(DESCRIBE_FLOW_LOGS, MaxResults=1000):
        for log in page["FlowLogs"]:
            yield FlowLog(
                id=log["FlowLogId"],
                resource_id=log["ResourceId"],
                status=log.get("FlowLogStatus", ""),
                delivery=log.get("DeliverLogsStatus"),
                delivery_error=log.get("DeliverLogsErrorMessage"),
                traffic=log.get("TrafficType", "ALL"),
                destination=log.get("LogDestination") or log.get("LogGroupName", ""),
            )
