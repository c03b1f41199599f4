"""AWS CloudFormation, in the region and in the second one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance.collectors.reader import Reader
from compliance.engine import ReadFailed
from compliance.facts.stacks import Stack, StackResource
from compliance.model import Gap
from compliance.registry import Read, collector

# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
DESCRIBE_STACKS = Read(
    "cloudformation",
    "DescribeStacks",
    # Without a stack's name it needs both.
    ("cloudformation:DescribeStacks", "cloudformation:ListStacks"),
)
LIST_RESOURCES = Read("cloudformation", "ListStackResources")

_DELETED = "DELETE_COMPLETE"


def is_absent(gap: Gap) -> bool:
    """Whether AWS says that there is no such stack; the code is that of any wrong request."""
    return gap.code == "ValidationError" and "does not exist" in gap.message


@collector(DESCRIBE_STACKS)
def stacks(reader: Reader) -> Iterator[Stack]:
    """Every stack in the region.

    They are listed and not asked for by name: AWS says of a stack that does not exist, as of many
    another mistake, that the request is not valid.
    """
    yield from _stacks(reader, reader.identity.region)


@collector(DESCRIBE_STACKS, second_region="account.second_region")
def second_region_stacks(reader: Reader, *, second_region: str | None) -> Iterator[Stack]:
    """Every stack in the second region; none is asked for where there is no such region."""
    if second_region:
        yield from _stacks(reader, second_region)


def _stacks(reader: Reader, region: str) -> Iterator[Stack]:
    for page in reader.pages(DESCRIBE_STACKS, region=region):
        for stack in page["Stacks"]:
            if stack["StackStatus"] != _DELETED:
                yield Stack(
                    arn=stack["StackId"],
                    name=stack["StackName"],
                    status=stack["StackStatus"],
                    drift_status=stack.get("DriftInformation", {}).get(
                        "StackDriftStatus", "NOT_CHECKED"
                    ),
                    tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())},
                )


@collector(LIST_RESOURCES, stack="stack", second_region="account.second_region")
def stack_resources(
    reader: Reader, *, stack: str, second_region: str | None
) -> Iterator[StackResource]:
    """What the workload's stack consists of; read only where a second region is to have it too."""
    if second_region:
        try:
            yield from _resources(reader, stack, reader.identity.region)
        except ReadFailed as failure:
            if not is_absent(failure.gap):
                raise


@collector(LIST_RESOURCES, stack="stack", second_region="account.second_region")
def second_region_stack_resources(
    reader: Reader, second_region_stacks: Sequence[Stack], *, stack: str, second_region: str | None
) -> Iterator[StackResource]:
    """What the workload's stack consists of in the second region, where it is there at all."""
    if second_region and any(each.name == stack for each in second_region_stacks):
        yield from _resources(reader, stack, second_region)


def _resources(reader: Reader, stack: str, region: str) -> Iterator[StackResource]:
    for page in reader.pages(LIST_RESOURCES, region=region, StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceStatus"] != _DELETED:
                yield StackResource(resource["LogicalResourceId"], resource["ResourceType"])
