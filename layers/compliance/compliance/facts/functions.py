"""AWS Lambda."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable, without what it holds.

    `placeholder`: nothing was filled in. `looks_like` says which kind of secret it looks like.
    `value` is kept only of the few that say where a function believes to be, and only where it
    looks like a name.
    """

    name: str
    placeholder: bool = False
    looks_like: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `log_group` is where it logs: its own choice, else `/aws/lambda/NAME`.

    `modified_at` is when its code or configuration last changed: it is at least that old.
    `runtime` is None of a container image. `tracing` is Active or PassThrough. `environment_error`
    is the code and the message of an environment that could not be decrypted: its variables are
    then not known. `master_arn` is set of a replica that Lambda@Edge made of another region's
    function, which takes all settings from there.
    Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
    """

    arn: str
    name: str
    log_group: str
    modified_at: datetime | None = None
    memory_mb: int = 128
    timeout_seconds: int = 3
    runtime: str | None = None
    package_type: str = "Zip"
    version: str = LATEST
    code_sha256: str | None = None
    role_arn: str | None = None
    key_arn: str | None = None
    layer_arns: tuple[str, ...] = ()
    tracing: str = "PassThrough"
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    dead_letter_arn: str | None = None
    variables: tuple[Variable, ...] = ()
    environment_error: tuple[str, str] | None = None
    master_arn: str | None = None

    @property
    def replicated(self) -> bool:
        """Whether it is an edge replica: AWS names those after the region of their function."""
        return self.master_arn is not None or "." in self.name

    @property
    def in_the_bucket(self) -> bool:
        """Whether its code came from the bucket of artifacts: an image comes from a registry."""
        return self.package_type == "Zip"


@dataclass(frozen=True, slots=True)
class FunctionEnvironment:
    """A function's variables by name, of a function whose environment could be read."""

    function_arn: str
    function_name: str
    variables: Mapping[str, Variable] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class FunctionState:
    """Whether a function can be invoked: Active, Inactive, Pending or Failed.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """

    function_arn: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ReservedConcurrency:
    """What is reserved for a function and held from all others; None: nothing.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html
    """

    function_arn: str
    executions: int | None


@dataclass(frozen=True, slots=True)
class ProvisionedConcurrency:
    """Instances kept warm for a version or an alias; `status` is READY, IN_PROGRESS or FAILED.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedConcurrencyConfigListItem.html
    """

    function_arn: str
    function_name: str
    qualifier: str
    requested: int
    available: int
    status: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version of a function, which no change reaches any more."""

    function_arn: str
    version: int
    code_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionAlias:
    """A name for a version of a function, or, with weights, for two; `$LATEST` is none of them.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_AliasConfiguration.html
    """

    function_arn: str
    name: str
    versions: tuple[str, ...]
