"""The tags of resources, by the tagging API of resource groups."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.backups import ResourceTags
from compliance.registry import Read, collector

GET_RESOURCES = Read("resourcegroupstaggingapi", "GetResources", ("tag:GetResources",))


@collector(GET_RESOURCES)
def resource_tags(reader: Reader) -> Iterator[ResourceTags]:
    """The tags of every resource in the region that has or once had any, 100 a page.

    What was never tagged is not in it.
    Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    for page in reader.pages(GET_RESOURCES, ResourcesPerPage=100):
        for resource in page["ResourceTagMappingList"]:
            tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", ())}
            yield ResourceTags(resource["ResourceARN"].removesuffix(":*"), tags)
