"""Cognito: moto makes every custom domain live at once, and has neither e-mail nor passkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulated_account.answers.service import Output, ServiceAnswers, amends

if TYPE_CHECKING:
    from simulated_account.moto_account import MotoAccount
    from simulated_account.requests import AwsRequest


class Cognito(ServiceAnswers):
    """Domains in every state, factors of every kind, pools of known ids and settings of old."""

    service = "cognito-idp"

    def __init__(self, moto: MotoAccount) -> None:
        """As moto has it."""
        super().__init__(moto)
        self._domains: dict[tuple[str, str], str] = {}
        self._factors: dict[tuple[str, str], Output] = {}

    def give_id(self, region: str, pool_id: str, new_id: str) -> None:
        """A pool under an id of choice, before it is used anywhere."""
        held = self.moto.backend(self.service, region).user_pools
        pool = held.pop(pool_id)
        pool.id, pool.arn = new_id, pool.arn.replace(pool_id, new_id)
        held[new_id] = pool

    def give_client_id(self, region: str, pool_id: str, client_id: str, new_id: str) -> None:
        """An app client under an id of choice."""
        held = self.moto.backend(self.service, region).user_pools[pool_id].clients
        held[new_id] = held.pop(client_id)
        held[new_id].id = new_id

    def forget_setting(self, region: str, pool_id: str, setting: str) -> None:
        """A pool from before there was the setting."""
        pool = self.moto.backend(self.service, region).user_pools[pool_id]
        pool.extended_config.pop(setting, None)

    def set_domain_status(self, region: str, domain: str, status: str) -> None:
        """CREATING, UPDATING, DELETING or FAILED."""
        self._domains[region, domain] = status

    def add_factors(self, region: str, pool_id: str, **config: Output) -> None:
        """What moto cannot be told: EmailMfaConfiguration, WebAuthnConfiguration."""
        self._factors[region, pool_id] = config

    @amends("DescribeUserPool")
    def describe_pool(self, _: AwsRequest, output: Output) -> Output:
        """A name with dots is a custom domain, which AWS tells apart from its own."""
        pool = output["UserPool"]
        if "." in pool.get("Domain", ""):
            pool["CustomDomain"] = pool.pop("Domain")
        return output

    @amends("DescribeUserPoolDomain")
    def describe_domain(self, request: AwsRequest, output: Output) -> Output:
        """In the state that it was put into."""
        if output["DomainDescription"]:
            status = self._domains.get((request.region, request["Domain"]), "ACTIVE")
            output["DomainDescription"]["Status"] = status
        return output

    @amends("GetUserPoolMfaConfig")
    def mfa_config(self, request: AwsRequest, output: Output) -> Output:
        """With the factors that moto does not know."""
        return {**output, **self._factors.get((request.region, request["UserPoolId"]), {})}
