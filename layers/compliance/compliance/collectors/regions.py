"""AWS Regions: which there are, and which of them the account opted in to."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.regions import Region
from compliance.registry import Read, collector

DESCRIBE_REGIONS = Read("ec2", "DescribeRegions")


@collector(DESCRIBE_REGIONS)
def regions(reader: Reader) -> Iterator[Region]:
    """Every region of the partition, on one page."""
    answer = reader.call(DESCRIBE_REGIONS, AllRegions=True) or {}
    for region in answer["Regions"]:
        yield Region(region["RegionName"], region.get("OptInStatus") != "not-opted-in")
