"""API Gateway's second generation: moto knows neither routing rules nor mappings of REST APIs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, ServiceError, answers

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class ApiGatewayV2(ServiceAnswers):
    """What custom domain names lead to. Both generations have the same domain names."""

    service = "apigatewayv2"

    def __init__(self, moto: MotoAccount) -> None:
        """Without rules."""
        super().__init__(moto)
        self._rules: dict[tuple[str, str], list[Output]] = defaultdict(list)

    def name_api(self, region: str, api: str, name: str) -> str:
        """An id that is known beforehand takes the place of moto's; returns it."""
        backend = self.moto.backend(self.service, region)
        held = backend.apis[name] = backend.apis.pop(api)
        held.api_id = name
        return name

    @answers("CreateApiMapping")
    def create_api_mapping(self, request: AwsRequest) -> Output:
        """Also to a domain name that the first generation made."""
        name, own = request["DomainName"], self.moto.backend("apigatewayv2", request.region)
        first = self.moto.backend("apigateway", request.region)
        if name in first.domain_names and name not in own.domain_names:
            own.create_domain_name(name, [], {}, {})
        return self.from_moto(request)

    @answers("UpdateStage")
    def update_stage(self, request: AwsRequest) -> Output:
        """The settings that are given, the others as they were."""
        api = self.moto.backend("apigatewayv2", request.region).get_api(request["ApiId"])
        stage = api.get_stage(request["StageName"])
        for given, held in (
            ("DefaultRouteSettings", stage.default_route_settings),
            ("RouteSettings", stage.route_settings),
        ):
            held.update(_in_camel_case(request.get(given) or {}))
        return {"StageName": stage.name}

    @answers("GetApiMappings")
    def get_api_mappings(self, request: AwsRequest) -> Output:
        """Those of moto, and the base path mappings to a stage that the first generation made."""
        name, first = request["DomainName"], self.moto.backend("apigateway", request.region)
        if name not in first.domain_names:
            return self.from_moto(request)
        own = self.moto.backend("apigatewayv2", request.region)
        mappings = [
            {
                "ApiMappingId": f"{at:06}",
                "ApiMappingKey": "" if mapping.base_path == "(none)" else mapping.base_path,
                "ApiId": mapping.rest_api_id,
                "Stage": mapping.stage,
            }
            for at, mapping in enumerate(first.base_path_mappings.get(name, {}).values())
            if mapping.stage
        ]
        more = self.from_moto(request)["Items"] if name in own.domain_names else []
        return {"Items": mappings + more}

    @answers("CreateRoutingRule")
    def create_routing_rule(self, request: AwsRequest) -> Output:
        """In force at once."""
        name = self._domain(request)
        rules = self._rules[request.region, name]
        rule = f"rule{len(rules) + 1:02}"
        account = self.moto.account_id
        rules.append(
            {
                "RoutingRuleId": rule,
                "RoutingRuleArn": (
                    f"arn:aws:apigateway:{request.region}:{account}:"
                    f"/domainnames/{name}/routingrules/{rule}"
                ),
                **{key: request[key] for key in ("Actions", "Conditions", "Priority")},
            }
        )
        return rules[-1]

    @answers("ListRoutingRules")
    def list_routing_rules(self, request: AwsRequest) -> Output:
        """Those of one domain name."""
        return {"RoutingRules": list(self._rules[request.region, self._domain(request)])}

    def _domain(self, request: AwsRequest) -> str:
        name: str = request["DomainName"]
        if name not in self.moto.backend("apigateway", request.region).domain_names:
            message = "The domain name resource specified in the request was not found."
            raise ServiceError(message, code="NotFoundException", status=404)
        return name


def _in_camel_case(settings: Output) -> Output:
    """As moto keeps them; keys of routes stay as they are."""
    return {
        name if isinstance(value, dict) else name[0].lower() + name[1:]: (
            _in_camel_case(value) if isinstance(value, dict) else value
        )
        for name, value in settings.items()
    }
