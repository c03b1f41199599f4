"""API Gateway: moto crashes on domains without mappings, and forgets how domains route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends, answers, notes

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class ApiGateway(ServiceAnswers):
    """Custom domains as AWS tells them, and APIs whose ids are known beforehand."""

    service = "apigateway"

    def __init__(self, moto: MotoAccount) -> None:
        """Without domains."""
        super().__init__(moto)
        self._routing: dict[tuple[str, str], str] = {}

    def name_api(self, region: str, api: str, name: str) -> None:
        """An id that is known beforehand takes the place of moto's, which nothing names yet."""
        backend = self.moto.backend(self.service, region)
        held = backend.apis[name] = backend.apis.pop(api)
        held.id = name
        for resource in held.resources.values():
            resource.api_id = name

    @notes("CreateDomainName")
    def create_domain_name(self, request: AwsRequest) -> None:
        """Whether mappings or rules count."""
        mode = request.get("routingMode") or "BASE_PATH_MAPPING_ONLY"
        self._routing[request.region, request["domainName"]] = mode

    @amends("GetDomainNames")
    def get_domain_names(self, request: AwsRequest, output: Output) -> Output:
        """With the routing mode, and the security policy that AWS gives where none is asked for."""
        for domain in output["items"]:
            domain["securityPolicy"] = domain.get("securityPolicy") or "TLS_1_2"
            domain["routingMode"] = self._routing[request.region, domain["domainName"]]
        return output

    @answers("GetBasePathMappings")
    def get_base_path_mappings(self, request: AwsRequest) -> Output:
        """None for a domain that has none; the rest is moto's."""
        backend = self.moto.backend("apigateway", request.region)
        domain = request["domainName"]
        if domain in backend.domain_names and not backend.base_path_mappings.get(domain):
            return {"items": []}
        return self.from_moto(request)
