"""Pages of AWS's sizes, also where moto answers everything at once.

A collector that forgets the second page is right about every account that fits on one. moto
ignores the page sizes of many operations, so this cuts the pages itself: by botocore's paginator
definitions, with the sizes that AWS documents.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from simulated_account import service_models

if TYPE_CHECKING:
    from moto.core.model import OperationModel

_KEPT_LISTINGS = 4096


@dataclass(frozen=True)
class PageSize:
    """How many results a page holds when the caller does not say, and at most."""

    default: int
    maximum: int


AWS_PAGE_SIZES = {
    ("accessanalyzer", "ListAnalyzers"): PageSize(100, 100),
    ("accessanalyzer", "ListFindingsV2"): PageSize(100, 100),
    ("apigateway", "GetApiKeys"): PageSize(25, 500),
    ("apigateway", "GetBasePathMappings"): PageSize(25, 500),
    ("apigateway", "GetDomainNames"): PageSize(25, 500),
    ("apigateway", "GetRequestValidators"): PageSize(25, 500),
    ("apigateway", "GetResources"): PageSize(25, 500),
    ("apigateway", "GetRestApis"): PageSize(25, 500),
    ("apigateway", "GetUsagePlanKeys"): PageSize(25, 500),
    ("apigateway", "GetUsagePlans"): PageSize(25, 500),
    ("apigatewayv2", "GetApiMappings"): PageSize(25, 500),
    ("apigatewayv2", "GetApis"): PageSize(25, 500),
    ("apigatewayv2", "GetStages"): PageSize(25, 500),
    ("apigatewayv2", "ListRoutingRules"): PageSize(25, 100),
    ("application-autoscaling", "DescribeScalableTargets"): PageSize(50, 50),
    ("application-autoscaling", "DescribeScalingActivities"): PageSize(50, 50),
    ("application-autoscaling", "DescribeScalingPolicies"): PageSize(10, 10),
    ("backup", "ListBackupJobs"): PageSize(1000, 1000),
    ("backup", "ListBackupPlans"): PageSize(1000, 1000),
    ("backup", "ListBackupSelections"): PageSize(1000, 1000),
    ("backup", "ListBackupVaults"): PageSize(1000, 1000),
    ("backup", "ListCopyJobs"): PageSize(1000, 1000),
    ("backup", "ListProtectedResources"): PageSize(1000, 1000),
    ("backup", "ListRecoveryPointsByBackupVault"): PageSize(1000, 1000),
    ("backup", "ListRecoveryPointsByResource"): PageSize(1000, 1000),
    ("backup", "ListRestoreJobs"): PageSize(1000, 1000),
    ("backup", "ListRestoreTestingPlans"): PageSize(1000, 1000),
    ("budgets", "DescribeBudgetNotificationsForAccount"): PageSize(50, 1000),
    ("budgets", "DescribeBudgets"): PageSize(100, 1000),
    ("budgets", "DescribeNotificationsForBudget"): PageSize(100, 100),
    ("budgets", "DescribeSubscribersForNotification"): PageSize(100, 100),
    ("cloudformation", "DescribeStacks"): PageSize(100, 100),
    ("cloudformation", "ListStackResources"): PageSize(100, 100),
    ("ce", "GetAnomalies"): PageSize(100, 100),
    ("ce", "GetAnomalyMonitors"): PageSize(100, 100),
    ("ce", "GetAnomalySubscriptions"): PageSize(100, 100),
    ("ce", "ListCostAllocationTags"): PageSize(100, 1000),
    ("chatbot", "DescribeChimeWebhookConfigurations"): PageSize(100, 100),
    ("chatbot", "DescribeSlackChannelConfigurations"): PageSize(100, 100),
    ("chatbot", "ListMicrosoftTeamsChannelConfigurations"): PageSize(100, 100),
    ("cloudwatch", "DescribeAlarmHistory"): PageSize(100, 100),
    ("cloudwatch", "DescribeAlarms"): PageSize(50, 100),
    ("compute-optimizer", "GetLambdaFunctionRecommendations"): PageSize(100, 1000),
    ("cloudwatch", "ListDashboards"): PageSize(1000, 1000),
    ("cognito-idp", "ListUserPoolClients"): PageSize(60, 60),
    ("cognito-idp", "ListUserPools"): PageSize(60, 60),
    ("dynamodb", "ListBackups"): PageSize(100, 100),
    ("dynamodb", "ListTables"): PageSize(100, 100),
    ("ec2", "DescribeRouteTables"): PageSize(100, 100),
    ("ec2", "DescribeSubnets"): PageSize(1000, 1000),
    ("elasticache", "DescribeCacheClusters"): PageSize(100, 100),
    ("elasticache", "DescribeCacheSubnetGroups"): PageSize(100, 100),
    ("elasticache", "DescribeReplicationGroups"): PageSize(100, 100),
    ("elasticache", "DescribeServerlessCacheSnapshots"): PageSize(50, 50),
    ("elasticache", "DescribeServerlessCaches"): PageSize(50, 50),
    ("elasticache", "DescribeSnapshots"): PageSize(50, 50),
    ("ec2", "DescribeFlowLogs"): PageSize(1000, 1000),
    ("ec2", "DescribeManagedPrefixLists"): PageSize(100, 100),
    ("ec2", "DescribeNetworkInterfaces"): PageSize(1000, 1000),
    ("ec2", "DescribeSecurityGroups"): PageSize(1000, 1000),
    ("ec2", "DescribeVpcs"): PageSize(1000, 1000),
    ("ec2", "GetManagedPrefixListEntries"): PageSize(100, 100),
    ("guardduty", "ListDetectors"): PageSize(50, 50),
    ("iam", "GetAccountAuthorizationDetails"): PageSize(100, 1000),
    ("ec2", "DescribeVolumes"): PageSize(1000, 1000),
    ("iam", "ListRoles"): PageSize(100, 1000),
    ("iam", "ListUsers"): PageSize(100, 1000),
    ("inspector2", "ListFindings"): PageSize(100, 100),
    ("kms", "ListAliases"): PageSize(50, 100),
    ("kms", "ListKeys"): PageSize(100, 1000),
    ("events", "ListEventBuses"): PageSize(100, 100),
    ("lambda", "ListAliases"): PageSize(50, 50),
    ("lambda", "ListEventSourceMappings"): PageSize(100, 100),
    ("lambda", "ListFunctionEventInvokeConfigs"): PageSize(50, 50),
    ("lambda", "ListProvisionedConcurrencyConfigs"): PageSize(50, 50),
    ("lambda", "ListFunctions"): PageSize(50, 50),
    ("lambda", "ListVersionsByFunction"): PageSize(50, 50),
    ("logs", "DescribeLogGroups"): PageSize(50, 50),
    ("logs", "DescribeMetricFilters"): PageSize(50, 50),
    ("resourcegroupstaggingapi", "GetResources"): PageSize(50, 100),
    ("secretsmanager", "ListSecrets"): PageSize(100, 100),
    ("s3", "ListBuckets"): PageSize(10000, 10000),
    ("sns", "ListSubscriptions"): PageSize(100, 100),
    ("sns", "ListSubscriptionsByTopic"): PageSize(100, 100),
    ("sns", "ListTopics"): PageSize(100, 100),
    ("stepfunctions", "ListStateMachines"): PageSize(100, 1000),
    ("wafv2", "ListLoggingConfigurations"): PageSize(100, 100),
    ("wafv2", "ListWebACLs"): PageSize(100, 100),
    ("ssm-incidents", "ListResponsePlans"): PageSize(100, 100),
    ("xray", "GetSamplingRules"): PageSize(100, 100),
    ("xray", "GetServiceGraph"): PageSize(100, 100),
}


PAGED_BY_TOKEN = {
    ("wafv2", "ListWebACLs"): {
        "input_token": "NextMarker",
        "output_token": "NextMarker",
        "limit_key": "Limit",
        "result_key": "WebACLs",
    },
    ("wafv2", "ListLoggingConfigurations"): {
        "input_token": "NextMarker",
        "output_token": "NextMarker",
        "limit_key": "Limit",
        "result_key": "LoggingConfigurations",
    },
    ("events", "ListEventBuses"): {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "limit_key": "Limit",
        "result_key": "EventBuses",
    },
    ("apigatewayv2", "GetApiMappings"): {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "limit_key": "MaxResults",
        "result_key": "Items",
    },
}
"""Listings that AWS pages and that botocore has no paginator for."""


class NotPagedError(ValueError):
    """AWS answers this operation on one page, or in a way that cannot be re-paged."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(f"{service} {operation} has no pages that could be cut")


class UnknownPageTokenError(Exception):
    """The caller's token is none that this account handed out."""


@dataclass(frozen=True)
class Paging:
    """The names that an operation gives to tokens, limits and results."""

    input_token: str
    output_token: str
    result_keys: tuple[str, ...]
    limit_key: str | None
    more_results: str | None

    @classmethod
    def of(cls, service: str, operation: str) -> Paging | None:
        """None if the operation has no pages, or tokens that are parts of its results."""
        definition = service_models.pagination_of(service).get(operation) or PAGED_BY_TOKEN.get(
            (service, operation)
        )
        if definition is None:
            return None
        results = definition["result_key"]
        result_keys = tuple(results) if isinstance(results, list) else (str(results),)
        tokens = (definition["input_token"], definition["output_token"])
        if not all(
            isinstance(name, str) and name.isidentifier() for name in (*tokens, *result_keys)
        ):
            return None
        limit_key, more = definition.get("limit_key"), definition.get("more_results")
        return cls(
            input_token=str(tokens[0]),
            output_token=str(tokens[1]),
            result_keys=result_keys,
            limit_key=str(limit_key) if limit_key else None,
            more_results=str(more) if more else None,
        )

    def most_allowed(self, model: OperationModel) -> int | None:
        """The highest limit that the service accepts; boto3 lets a higher one pass."""
        members = model.input_shape.members if model.input_shape else {}
        limit = members.get(self.limit_key or "")
        return limit.metadata.get("max") if limit else None

    def without_page(self, params: dict[str, Any]) -> dict[str, Any]:
        """The parameters that ask for everything from the start."""
        return {k: v for k, v in params.items() if k not in {self.input_token, self.limit_key}}


@dataclass(frozen=True)
class _Listing:
    """A full answer, of which pages are cut."""

    output: dict[str, Any]
    results: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _Place:
    """Where a token continues."""

    listing: _Listing
    offset: int
    page: int


class PageCutter:
    """Cuts full answers into pages.

    A token continues the listing as it was when its first page was cut: what changes between two
    pages is not seen, as a caller of AWS must expect as well.
    """

    def __init__(self) -> None:
        """Without any listing."""
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = threading.Lock()

    def page_number(self, paging: Paging | None, params: dict[str, Any]) -> int:
        """Which page a call asks for, from 1."""
        place = self._places.get(str(params.get(paging.input_token))) if paging else None
        return place.page if place else 1

    def knows(self, paging: Paging, params: dict[str, Any]) -> bool:
        """Whether the call continues a listing of this cutter."""
        return str(params.get(paging.input_token)) in self._places

    def first_page(
        self, paging: Paging, output: dict[str, Any], size: int, *, pages: int = 0
    ) -> dict[str, Any]:
        """The start of a full answer, spread over at least `pages` pages."""
        results = tuple((key, item) for key in paging.result_keys for item in output.get(key, ()))
        size = min(size, max(1, -(-len(results) // pages))) if pages else size
        return self._cut(paging, _Place(_Listing(output, results), 0, 1), size, pages)

    def next_page(
        self, paging: Paging, params: dict[str, Any], size: int, *, pages: int = 0
    ) -> dict[str, Any]:
        """The page that a token of this cutter asks for."""
        place = self._places.get(str(params[paging.input_token]))
        if place is None:
            raise UnknownPageTokenError
        if pages:
            size = min(size, max(1, -(-len(place.listing.results) // pages)))
        return self._cut(paging, place, size, pages)

    def _cut(self, paging: Paging, place: _Place, size: int, pages: int) -> dict[str, Any]:
        end = place.offset + size
        page = {
            key: value
            for key, value in place.listing.output.items()
            if key not in {paging.output_token, paging.more_results}
        }
        page.update({key: [] for key in paging.result_keys if key in place.listing.output})
        for key, item in place.listing.results[place.offset : end]:
            page[key].append(item)
        more = end < len(place.listing.results) or place.page < pages
        if more:
            token = f"page-{place.page + 1}-{uuid4().hex}"
            with self._lock:
                self._places[token] = _Place(place.listing, end, place.page + 1)
                while len(self._places) > _KEPT_LISTINGS:
                    self._places.popitem(last=False)
            page[paging.output_token] = token
        if paging.more_results:
            page[paging.more_results] = more
        return page
