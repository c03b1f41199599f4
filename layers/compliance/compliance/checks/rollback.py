"""The way back from a bad release."""

from __future__ import annotations

from collections.abc import Sequence

from compliance.checks.aws_lambda import NO_FUNCTIONS, own
from compliance.facts.buckets import BucketVersioning
from compliance.facts.functions import LATEST, Function, FunctionAlias, PublishedVersion
from compliance.model import Offender, Verdict
from compliance.registry import check


@check
def releases_can_be_put_back(
    functions: Sequence[Function],
    bucket_versionings: Sequence[BucketVersioning],
    published_versions: Sequence[PublishedVersion],
    function_aliases: Sequence[FunctionAlias],
    *,
    artifact_bucket: str | None,
) -> Verdict:
    """Each function has a version older than the live one, or the artifacts' bucket keeps versions.

    Live is what an alias points to, all of it where it splits the traffic; without an alias it is
    `$LATEST`, and then a version with other code is needed: the one that was published from the
    code that runs is no way back. Edge replicas go back where their function is set up. A container
    image was never in the bucket of artifacts: its function needs a version.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    judged = own(functions)
    if not judged:
        return Verdict.not_applicable(NO_FUNCTIONS)
    arns = [function.arn for function in judged]
    kept = any(each.keeps(artifact_bucket) for each in bucket_versionings)
    by_version = [function for function in judged if not (kept and function.in_the_bucket)]
    if not by_version:
        return Verdict.of(
            "function", arns, (), holds=f"the bucket {artifact_bucket} keeps earlier artifacts"
        )
    versions: dict[str, list[PublishedVersion]] = {arn: [] for arn in arns}
    for version in published_versions:
        versions.setdefault(version.function_arn, []).append(version)
    live: dict[str, list[str]] = {}
    for alias in function_aliases:
        live.setdefault(alias.function_arn, []).extend(alias.versions)
    return Verdict.of(
        "function",
        arns,
        (
            Offender(
                function.arn,
                "no-previous-version",
                _observed(versions[function.arn], live.get(function.arn)),
                "a published version before the live one, or a bucket of artifacts with versions",
                absent_from=("bucket_versionings", "published_versions", "function_aliases"),
            )
            for function in by_version
            if not _can_go_back(function, versions[function.arn], live.get(function.arn, ()))
        ),
        holds="all have a version to go back to",
    )


def _can_go_back(
    function: Function, versions: Sequence[PublishedVersion], live: Sequence[str]
) -> bool:
    numbers = [int(version) for version in live if version != LATEST]
    if numbers:
        return any(version.version < max(numbers) for version in versions)
    return any(version.code_sha256 != function.code_sha256 for version in versions)


def _observed(versions: Sequence[PublishedVersion], live: Sequence[str] | None) -> str:
    if not versions:
        return "no version was ever published"
    if live:
        return f"no version is older than the live {' and '.join(sorted(set(live)))}"
    return "the only published versions have the code that runs"
