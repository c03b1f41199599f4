"""Volumes, Elastic IP addresses and tags, in the shapes in which AWS answers them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from reading import NOW, collected

from compliance.facts.backups import ResourceTags
from simulated_account import SimulatedAccount

PREFIX = "arn:aws:ec2:us-east-1:210987654321"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("210987654321") as simulated:
        yield simulated


def test_every_page_of_volumes_is_read(account: SimulatedAccount) -> None:
    ec2 = account.client("ec2")
    made = {
        ec2.create_volume(AvailabilityZone="us-east-1a", Size=size)["VolumeId"]: size
        for size in (5, 6, 7)
    }
    account.page_size("ec2", "DescribeVolumes", 1)
    found, gaps = collected(account, "volumes")
    assert {volume.arn: volume.size_gb for volume in found} == {
        f"{PREFIX}:volume/{name}": size for name, size in made.items()
    }
    assert {volume.state for volume in found} == {"available"}
    assert all(volume.created_at.tzinfo for volume in found)
    assert gaps == []


def _answer(monkeypatch: pytest.MonkeyPatch, operation: str, output: dict[str, Any]) -> None:
    """What AWS would answer and moto knows no way to hold: services that manage a resource."""
    monkeypatch.setattr(
        "compliance.collectors.reader.Reader." + operation,
        lambda *_, **__: [output] if operation == "pages" else output,
    )


def test_a_volume_that_a_service_operates_is_not_the_users(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = {"VolumeId": "vol-1", "State": "available", "CreateTime": NOW - timedelta(days=1)}
    managed = {**volume, "VolumeId": "vol-2", "Operator": {"Managed": True, "Principal": "eks"}}
    unmanaged = {**volume, "VolumeId": "vol-3", "Operator": {"Managed": False}}
    _answer(monkeypatch, "pages", {"Volumes": [volume, managed, unmanaged]})
    found, _ = collected(account, "volumes")
    assert [each.arn[-5:] for each in found] == ["vol-1", "vol-3"]


@pytest.mark.parametrize("by", ["AssociationId", "NetworkInterfaceId", "InstanceId"])
def test_an_address_is_associated_by_any_of_three_fields(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    address = {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", by: "some"}
    _answer(monkeypatch, "call", {"Addresses": [address]})
    [found] = collected(account, "elastic_ips")[0]
    assert (found.arn, found.associated) == (f"{PREFIX}:elastic-ip/eipalloc-1", True)


def test_an_address_that_a_service_manages_is_not_the_users(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", "ServiceManaged": "alb"}
    _answer(monkeypatch, "call", {"Addresses": [address]})
    assert collected(account, "elastic_ips")[0] == []


def test_an_address_just_allocated_is_associated_with_nothing(account: SimulatedAccount) -> None:
    """Moto answers empty strings where AWS leaves fields out."""
    made = account.client("ec2").allocate_address(Domain="vpc")
    [found] = collected(account, "elastic_ips")[0]
    assert (found.associated, found.address) == (False, made["PublicIp"])
    assert found.arn == f"{PREFIX}:elastic-ip/{made['AllocationId']}"


def test_tags_are_read_of_every_page_and_kind(account: SimulatedAccount) -> None:
    """Moto names no API and no address; the account adds them."""
    tags = {"application": "shop"}
    account.client("sns").create_topic(Name="a", Tags=[{"Key": "application", "Value": "shop"}])
    account.client("logs").create_log_group(logGroupName="/a", tags=tags)
    rest = account.client("apigateway").create_rest_api(name="a", tags=tags)["id"]
    http = account.client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP", Tags=tags)
    account.client("ec2").allocate_address(
        TagSpecifications=[
            {"ResourceType": "elastic-ip", "Tags": [{"Key": "application", "Value": "shop"}]}
        ]
    )
    account.page_size("resourcegroupstaggingapi", "GetResources", 1)
    found, gaps = collected(account, "resource_tags")
    arns = {each.arn for each in found}
    assert {each.tags["application"] for each in found} == {"shop"}
    assert arns > {
        "arn:aws:sns:us-east-1:210987654321:a",
        "arn:aws:logs:us-east-1:210987654321:log-group:/a",
        f"arn:aws:apigateway:us-east-1::/restapis/{rest}",
        f"arn:aws:apigateway:us-east-1::/apis/{http['ApiId']}",
    }
    assert (len(arns), gaps) == (5, [])


def test_the_arn_of_a_log_group_is_the_one_that_other_facts_have(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = "arn:aws:logs:us-east-1:210987654321:log-group:/a"
    resource = {"ResourceARN": f"{arn}:*", "Tags": []}
    _answer(monkeypatch, "pages", {"ResourceTagMappingList": [resource]})
    assert collected(account, "resource_tags")[0] == [ResourceTags(arn)]


def test_apis_are_filtered_by_tag_and_kind_as_the_rest_is(account: SimulatedAccount) -> None:
    rest = account.client("apigateway")
    for name, stage in (("a", "production"), ("b", "test")):
        rest.create_rest_api(name=name, tags={"environment": stage})
    tagging = account.client("resourcegroupstaggingapi")

    def count(**by: Any) -> int:
        return len(tagging.get_resources(**by)["ResourceTagMappingList"])

    assert count() == 2
    assert count(TagFilters=[{"Key": "environment", "Values": ["production"]}]) == 1
    assert count(TagFilters=[{"Key": "environment"}]) == 2
    assert count(TagFilters=[{"Key": "Environment"}]) == 0
    assert count(ResourceTypeFilters=["apigateway"]) == 2
    assert count(ResourceTypeFilters=["sns"]) == 0
