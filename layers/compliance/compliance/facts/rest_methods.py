"""Amazon API Gateway: what a REST API takes and how it answers, path by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_WITH_A_BODY = frozenset({"ANY", "PATCH", "POST", "PUT"})


@dataclass(frozen=True, slots=True)
class RestMethod:
    """A method of a resource. `verb` may be ANY.

    `body_models` are the models that its body is held against, by content type;
    `required_parameters` what a request must carry besides. `integration` is None while nothing
    answers it. `allowed_origins` are the values of Access-Control-Allow-Origin that the
    integration's responses state, in AWS's notation: quoted where they are literal.
    `origins_computed`: a template may set that header too.
    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html
    """

    verb: str
    integration: str | None
    key_required: bool = False
    validator_id: str | None = None
    body_models: tuple[str, ...] = ()
    required_parameters: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    origins_computed: bool = False

    @property
    def runs(self) -> bool:
        """Whether a request reaches anything: MOCK runs nothing, and OPTIONS is for browsers."""
        return self.verb != "OPTIONS" and self.integration != "MOCK"

    @property
    def models(self) -> tuple[str, ...]:
        """The models that say what a body looks like; `Empty` takes anything."""
        return tuple(model for model in self.body_models if model != "Empty")

    @property
    def takes_a_body(self) -> bool:
        """Whether its verb does, or it says so itself."""
        return self.verb in _WITH_A_BODY or bool(self.models)


@dataclass(frozen=True, slots=True)
class RestResource:
    """A path of a REST API as it is defined now, deployed or not.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html
    """

    arn: str
    api_id: str
    api_name: str
    path: str
    methods: Mapping[str, RestMethod] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RequestValidator:
    """What of a request is validated before its integration runs.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_RequestValidator.html
    """

    api_id: str
    id: str
    body: bool
    parameters: bool


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """How API Gateway itself answers; `allowed_origin` in AWS's notation, quoted where literal.

    Source: https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html
    """

    arn: str
    api_name: str
    type: str
    allowed_origin: str | None = None
