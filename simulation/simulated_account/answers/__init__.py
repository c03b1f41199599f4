"""The project's answers, service by service."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, get_type_hints

from simulated_account.answers.accessanalyzer import AccessAnalyzer
from simulated_account.answers.acm import Acm
from simulated_account.answers.apigateway import ApiGateway
from simulated_account.answers.apigatewayv2 import ApiGatewayV2
from simulated_account.answers.application_autoscaling import ApplicationAutoScaling
from simulated_account.answers.aws_lambda import Lambda
from simulated_account.answers.backup import Backup
from simulated_account.answers.bedrock import Bedrock
from simulated_account.answers.budgets import Budgets
from simulated_account.answers.chatbot import Chatbot
from simulated_account.answers.cloudformation import CloudFormation
from simulated_account.answers.cloudfront import CloudFront
from simulated_account.answers.cloudtrail import CloudTrail
from simulated_account.answers.cloudwatch import CloudWatch
from simulated_account.answers.cognito import Cognito
from simulated_account.answers.compute_optimizer import ComputeOptimizer
from simulated_account.answers.config import Config
from simulated_account.answers.cost_explorer import CostExplorer
from simulated_account.answers.dynamodb import DynamoDb
from simulated_account.answers.ec2 import Ec2
from simulated_account.answers.elasticache import ElastiCache
from simulated_account.answers.guardduty import GuardDuty
from simulated_account.answers.iam import Iam
from simulated_account.answers.inspector2 import Inspector2
from simulated_account.answers.kms import Kms
from simulated_account.answers.logs import Logs
from simulated_account.answers.organizations import Organizations
from simulated_account.answers.s3 import S3
from simulated_account.answers.s3_control import S3Control
from simulated_account.answers.secretsmanager import SecretsManager
from simulated_account.answers.service_quotas import ServiceQuotas
from simulated_account.answers.sns import Sns
from simulated_account.answers.ssm_incidents import SsmIncidents
from simulated_account.answers.step_functions import StepFunctions
from simulated_account.answers.tagging import Tagging
from simulated_account.answers.wafv2 import Wafv2
from simulated_account.answers.xray import XRay

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from simulated_account.answers.service import ServiceAnswers
    from simulated_account.moto_account import MotoAccount


@dataclass(frozen=True)
class Answers:
    """Every service of which the project answers something itself."""

    accessanalyzer: AccessAnalyzer
    acm: Acm
    apigateway: ApiGateway
    apigatewayv2: ApiGatewayV2
    application_autoscaling: ApplicationAutoScaling
    aws_lambda: Lambda
    backup: Backup
    bedrock: Bedrock
    budgets: Budgets
    chatbot: Chatbot
    cloudformation: CloudFormation
    cloudfront: CloudFront
    cloudtrail: CloudTrail
    cloudwatch: CloudWatch
    compute_optimizer: ComputeOptimizer
    cognito: Cognito
    config: Config
    cost_explorer: CostExplorer
    dynamodb: DynamoDb
    ec2: Ec2
    elasticache: ElastiCache
    guardduty: GuardDuty
    iam: Iam
    inspector2: Inspector2
    kms: Kms
    logs: Logs
    organizations: Organizations
    s3: S3
    s3_control: S3Control
    secretsmanager: SecretsManager
    service_quotas: ServiceQuotas
    sns: Sns
    ssm_incidents: SsmIncidents
    step_functions: StepFunctions
    tagging: Tagging
    wafv2: Wafv2
    xray: XRay

    @classmethod
    def for_account(cls, moto: MotoAccount) -> Answers:
        """Empty ones."""
        return cls(**{name: service(moto) for name, service in get_type_hints(cls).items()})

    def method(self, kind: str, service: str, operation: str) -> Callable[..., Any] | None:
        """Who `answers`, `amends` or `notes` an operation, if anybody does."""
        answers = self._by_service().get(service)
        return answers.method(kind, operation) if answers else None

    def _by_service(self) -> dict[str, ServiceAnswers]:
        return {
            answers.service: answers for answers in (getattr(self, f.name) for f in fields(self))
        }
