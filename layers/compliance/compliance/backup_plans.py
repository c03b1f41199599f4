"""Which backup plans take a resource, by AWS Backup's rules of selection.

Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from compliance.facts.backups import BackupPlan, BackupSelection, BackupSettings, ResourceTags

__all__ = ["COVERAGE_FACTS", "Coverage"]

COVERAGE_FACTS = ("backup_plans", "backup_selections", "table_tags", "backup_settings")
"""The facts that must have been read whole before "no plan takes it" can be said."""

_TAG = "aws:ResourceTag/"

# A pattern that names the type of resource selects it whether or not AWS Backup is opted in to it;
# one that names only the service ("*", "arn:aws:dynamodb:*") does not.
_NAMES_THE_TYPE = ":table/"


def _like(found: str, pattern: str) -> bool:
    """Whether `*` in the pattern can stand for what was found; no other character is special."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), found, re.DOTALL) is not None


_OPERATORS: Mapping[str, Callable[[str | None, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringNotEquals": lambda found, wanted: found != wanted,
    "StringLike": lambda found, wanted: found is not None and _like(found, wanted),
    "StringNotLike": lambda found, wanted: found is None or not _like(found, wanted),
}


class Coverage:
    """Plans, what they select, and the tags that they select by."""

    def __init__(
        self,
        plans: Iterable[BackupPlan],
        selections: Collection[BackupSelection],
        tags: Iterable[ResourceTags],
        settings: Iterable[BackupSettings],
    ) -> None:
        self._plans = {plan.id: plan for plan in plans}
        self._selections = selections
        self._tags = {resource.arn: resource.tags for resource in tags}
        self._opted_in = all(each.dynamodb_opted_in for each in settings)

    def plans_for(self, arn: str) -> list[BackupPlan]:
        """Every plan that backs the resource up."""
        taken = {s.plan_id for s in self._selections if self._selects(s, arn)}
        return [plan for id_, plan in self._plans.items() if id_ in taken]

    def _selects(self, selection: BackupSelection, arn: str) -> bool:
        """By ARN or by any tag, less what is excluded, and only where every condition holds.

        One that names neither ARNs nor tags starts from everything. Where AWS Backup is not opted
        in to DynamoDB, only an ARN or a pattern that names its tables selects.
        Source: https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
        """
        if any(_like(arn, pattern) for pattern in selection.not_resources):
            return False
        tags = self._tags.get(arn, {})
        if not all(
            _OPERATORS[operator](tags.get(key.removeprefix(_TAG)), value)
            for operator, key, value in selection.conditions
        ):
            return False
        if not self._opted_in:
            return any(
                _NAMES_THE_TYPE in pattern and _like(arn, pattern)
                for pattern in selection.resources
            )
        if not selection.resources and not selection.any_tags:
            return True
        return any(_like(arn, pattern) for pattern in selection.resources) or any(
            tags.get(key.removeprefix(_TAG)) == value for key, value in selection.any_tags
        )
