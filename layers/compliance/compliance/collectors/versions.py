"""Published versions of functions, and the aliases that decide which of them is live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from compliance.collectors.reader import Reader
from compliance.facts.buckets import BucketVersioning
from compliance.facts.functions import LATEST, Function, FunctionAlias, PublishedVersion
from compliance.registry import Read, collector

_GONE = frozenset({"ResourceNotFoundException"})

LIST_VERSIONS = Read("lambda", "ListVersionsByFunction", absent=_GONE)
LIST_ALIASES = Read("lambda", "ListAliases", absent=_GONE)


@collector(LIST_VERSIONS, artifact_bucket="rollback.artifact_bucket")
def published_versions(
    reader: Reader,
    functions: Sequence[Function],
    bucket_versionings: Sequence[BucketVersioning],
    *,
    artifact_bucket: str | None,
) -> Iterator[PublishedVersion]:
    """Every published version of every function, 50 a page.

    A call or more for each function, of Lambda's 15 a second; none is made for what is in the
    bucket of the artifacts where that keeps what was there before, since that is then enough.
    """
    kept = any(each.keeps(artifact_bucket) for each in bucket_versionings)
    own = (
        function
        for function in functions
        if not function.replicated and not (kept and function.in_the_bucket)
    )
    for versions in reader.each(own, partial(_versions, reader), arn=lambda function: function.arn):
        yield from versions


def _versions(reader: Reader, function: Function) -> list[PublishedVersion]:
    return [
        PublishedVersion(function.arn, int(version["Version"]), version.get("CodeSha256"))
        for page in reader.pages(LIST_VERSIONS, FunctionName=function.name, MaxItems=50)
        for version in page["Versions"]
        if version["Version"] != LATEST
    ]


@collector(LIST_ALIASES)
def function_aliases(
    reader: Reader, published_versions: Sequence[PublishedVersion]
) -> Iterator[FunctionAlias]:
    """Every alias of each function that has versions, 50 a page; only those can have any."""
    arns = dict.fromkeys(version.function_arn for version in published_versions)
    for aliases in reader.each(arns, partial(_aliases, reader), arn=lambda arn: arn):
        yield from aliases


def _aliases(reader: Reader, function_arn: str) -> list[FunctionAlias]:
    name = function_arn.rpartition(":")[2]
    return [
        FunctionAlias(
            function_arn,
            alias["Name"],
            (
                alias["FunctionVersion"],
                *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}),
            ),
        )
        for page in reader.pages(LIST_ALIASES, FunctionName=name, MaxItems=50)
        for alias in page["Aliases"]
    ]
