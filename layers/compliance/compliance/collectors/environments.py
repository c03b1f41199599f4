"""Tags that name an environment, in the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compliance.collectors.reader import Reader
from compliance.facts.environments import EnvironmentTag, is_elsewhere
from compliance.registry import Read, collector

GET_TAG_VALUES = Read("resourcegroupstaggingapi", "GetTagValues", ("tag:GetTagValues",))
GET_RESOURCES = Read("resourcegroupstaggingapi", "GetResources", ("tag:GetResources",))

_VALUES_OF_A_FILTER = 20


@collector(
    GET_TAG_VALUES,
    GET_RESOURCES,
    keys="environment_tags.keys",
    production="environment_tags.production_values",
)
def environment_tags(
    reader: Reader, *, keys: Sequence[str], production: Sequence[str]
) -> Iterator[EnvironmentTag]:
    """Every resource whose tag names another environment, 100 a page.

    AWS can only be asked for values that a tag has, so that the values in use are read first:
    where all is production, that one call a key is the only one.
    Source: https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    for key in keys:
        elsewhere = sorted(
            value
            for page in reader.pages(GET_TAG_VALUES, Key=key)
            for value in page["TagValues"]
            if is_elsewhere(value, production)
        )
        for at in range(0, len(elsewhere), _VALUES_OF_A_FILTER):
            values = elsewhere[at : at + _VALUES_OF_A_FILTER]
            pages = reader.pages(
                GET_RESOURCES, TagFilters=[{"Key": key, "Values": values}], ResourcesPerPage=100
            )
            for page in pages:
                for resource in page["ResourceTagMappingList"]:
                    for tag in resource.get("Tags", ()):
                        if tag["Key"] == key:
                            yield EnvironmentTag(resource["ResourceARN"], key, tag["Value"])
