"""The project's answers, service by service."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from simulated_account.answers.aws_lambda import Lambda
from simulated_account.answers.backup import Backup
from simulated_account.answers.budgets import Budgets
from simulated_account.answers.cloudwatch import CloudWatch
from simulated_account.answers.dynamodb import DynamoDb
from simulated_account.answers.logs import Logs
from simulated_account.answers.sns import Sns

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from simulated_account.answers.service import ServiceAnswers
    from simulated_account.moto_account import MotoAccount


@dataclass(frozen=True)
class Answers:
    """Every service of which the project answers something itself."""

    backup: Backup
    budgets: Budgets
    cloudwatch: CloudWatch
    dynamodb: DynamoDb
    aws_lambda: Lambda
    logs: Logs
    sns: Sns

    @classmethod
    def for_account(cls, moto: MotoAccount) -> Answers:
        """Empty ones."""
        return cls(
            backup=Backup(moto),
            budgets=Budgets(moto),
            cloudwatch=CloudWatch(moto),
            dynamodb=DynamoDb(moto),
            aws_lambda=Lambda(moto),
            logs=Logs(moto),
            sns=Sns(moto),
        )

    def method(self, kind: str, service: str, operation: str) -> Callable[..., Any] | None:
        """Who `answers`, `amends` or `notes` an operation, if anybody does."""
        answers = self._by_service().get(service)
        return answers.method(kind, operation) if answers else None

    def _by_service(self) -> dict[str, ServiceAnswers]:
        return {
            answers.service: answers for answers in (getattr(self, f.name) for f in fields(self))
        }
