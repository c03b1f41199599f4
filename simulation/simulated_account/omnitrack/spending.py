"""Tags, costs, and what nobody uses."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.levels import BUSY_AGO
from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn
from simulated_account.omnitrack.workload import (
    ALERTS_TOPIC,
    FUNCTIONS,
    ONCALL_EMAIL,
    TABLES,
)

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

TAGS = {"application": "omnitrack", "environment": "production"}

UNTAGGED_LOG_GROUP = "/aws/vpc/flow-logs/omnitrack"
MISTAGGED_TOPIC = "omnitrack-billing-events"
RARELY_USED_FUNCTION = "omnitrack-quarterly-archiver"
IDLE_FUNCTION = "omnitrack-csv-exporter"
IDLE_TABLE = "omnitrack-supplier-contracts"
EMPTY_LOG_GROUP = "/aws/vendedlogs/states/omnitrack-onboarding"
DETACHED_VOLUME, ATTACHED_VOLUME = "vol-0b7d51c09a2e4f683", "vol-0f43e8a1d96c2b570"
FREE_ADDRESS, TAKEN_ADDRESS = "eipalloc-06c1f2a8d4b79e035", "eipalloc-0d92b64e7a1c8f350"

_TAGGED, _USED = "cost.allocation-tags", "cost.unused-resources"

FAULTS: frozenset[Fault] = frozenset(
    {
        (_TAGGED, "tag-key:environment", "not-activated"),
        (_TAGGED, arn("logs", f"log-group:{UNTAGGED_LOG_GROUP}"), "lacks-tags"),
        (_TAGGED, arn("sns", MISTAGGED_TOPIC), "lacks-tags"),
        (_USED, arn("lambda", f"function:{IDLE_FUNCTION}"), "not-invoked"),
        (_USED, arn("dynamodb", f"table/{IDLE_TABLE}"), "not-accessed"),
        (_USED, arn("logs", f"log-group:{EMPTY_LOG_GROUP}"), "empty"),
        (_USED, arn("ec2", f"volume/{DETACHED_VOLUME}"), "unattached"),
        (_USED, arn("ec2", f"elastic-ip/{FREE_ADDRESS}"), "unassociated"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    _seed_volumes(account, now)
    _seed_addresses(account)
    _seed_traffic(account, now)
    _seed_tags(account)
    _seed_costs(account, now)


def _seed_volumes(account: SimulatedAccount, now: datetime) -> None:
    ec2 = account.backend("ec2")
    for name in (DETACHED_VOLUME, ATTACHED_VOLUME):
        volume = ec2.create_volume(size=200, zone_name=f"{REGION}a")
        ec2.volumes[name] = ec2.volumes.pop(volume.id)
        volume.id, volume.create_time = name, now - timedelta(days=75)
        ec2.create_tags([name], TAGS)
    volume = ec2.volumes[ATTACHED_VOLUME]
    volume.attachment = SimpleNamespace(
        volume=volume,
        instance=SimpleNamespace(id="i-03d8c5b17f2ea9640"),
        device="/dev/sdf",
        status="attached",
        attach_time=volume.create_time,
    )


def _seed_addresses(account: SimulatedAccount) -> None:
    ec2 = account.backend("ec2")
    for name in (FREE_ADDRESS, TAKEN_ADDRESS):
        address = ec2.allocate_address("vpc")
        address.id = address.allocation_id = name
        ec2.create_tags([name], TAGS)
        if name == TAKEN_ADDRESS:
            address.association_id = "eipassoc-0a7c3e51b8d24f962"


def _seed_traffic(account: SimulatedAccount, now: datetime) -> None:
    """One busy hour's, of all that is in use, and logs of it; the functions are settled."""
    measured, at = account.data.cloudwatch, now - BUSY_AGO
    made = dict(_functions(account))
    for function in FUNCTIONS:
        made[function.name].last_modified = f"{now - timedelta(days=120):%FT%T}.000+0000"
        if function.name not in {IDLE_FUNCTION, RARELY_USED_FUNCTION}:
            by = {"FunctionName": function.name}
            measured.add_metric(REGION, "AWS/Lambda", "Invocations", by, 4200, at=at)
    for table in TABLES:
        if table.name != IDLE_TABLE:
            by = {"TableName": table.name}
            for metric in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
                measured.add_metric(REGION, "AWS/DynamoDB", metric, by, 900, at=at)
    logs = account.backend("logs")
    for name, group in logs.groups.items():
        if name != EMPTY_LOG_GROUP:
            logs.create_log_stream(name, "2026")
            group.streams["2026"].stored_bytes = 48_000_000


def _functions(account: SimulatedAccount) -> list[tuple[str, Any]]:
    return [(f.function_name, f) for f in account.backend("lambda").list_functions()]


def _seed_tags(account: SimulatedAccount) -> None:
    """Of everything that there is, by moto's own objects."""
    for _, function in _functions(account):
        function.tags.update(TAGS)
    for table in account.backend("dynamodb").tables.values():
        known = {tag["Key"] for tag in table.tags}
        table.tags += [{"Key": k, "Value": v} for k, v in TAGS.items() if k not in known]
    logs = account.backend("logs")
    for name, group in logs.groups.items():
        if name != UNTAGGED_LOG_GROUP:
            logs.tag_resource(group.arn, TAGS)
    for api in account.backend("apigateway").apis.values():
        api.tags = {**(api.tags or {}), **TAGS}
    realtime = account.backend("apigatewayv2")
    for api in realtime.apis.values():
        realtime.tag_resource(f"arn:aws:apigateway:{REGION}::/apis/{api.api_id}", TAGS)
    for name, topic in account.backend("sns").topics.items():
        topic._tags.update(TAGS)  # noqa: SLF001 -- moto offers no other way
        if name == arn("sns", MISTAGGED_TOPIC):
            topic._tags.update(Application=topic._tags.pop("application"))  # noqa: SLF001 -- as above


def _seed_costs(account: SimulatedAccount, now: datetime) -> None:
    """A quiet month; one anomaly is over, one was planned. Some is reserved, more is advised."""
    costs, today = account.data.cost_explorer, now.date()
    costs.coverage = {
        "OnDemandHours": "1440",
        "ReservedHours": "720",
        "TotalRunningHours": "2160",
        "CoverageHoursPercentage": "33.3333333333",
    }
    costs.advice = {
        "CurrencyCode": "USD",
        "HourlyCommitmentToPurchase": "0.214",
        "EstimatedMonthlySavingsAmount": "27.4310762",
        "EstimatedSavingsPercentage": "14.9",
        "TotalRecommendationCount": "1",
    }
    for age in range(40):
        costs.set_cost(today - timedelta(days=age), 31.5 + age % 7)
    costs.set_tag_key("application", active=True)
    costs.set_tag_key("environment", active=False)
    costs.billed_keys = ["application"]
    monitor = f"arn:aws:ce::{ACCOUNT_ID}:anomalymonitor/5b0c7f0e-2f43-4f0e-9f4e-3f7f4c1f7a10"
    costs.monitors = [
        {
            "MonitorArn": monitor,
            "MonitorName": "omnitrack-services",
            "MonitorType": "DIMENSIONAL",
            "MonitorDimension": "SERVICE",
        }
    ]
    topic = {"Address": arn("sns", ALERTS_TOPIC), "Type": "SNS", "Status": "CONFIRMED"}
    email = {"Address": ONCALL_EMAIL, "Type": "EMAIL", "Status": "CONFIRMED"}
    costs.subscriptions = [
        {
            "SubscriptionArn": monitor.replace("monitor", "subscription"),
            "SubscriptionName": f"omnitrack-{frequency.lower()}",
            "AccountId": ACCOUNT_ID,
            "MonitorArnList": [monitor],
            "Subscribers": [subscriber],
            "Frequency": frequency,
        }
        for frequency, subscriber in (("IMMEDIATE", topic), ("WEEKLY", email))
    ]
    costs.anomalies = [
        _anomaly("9d1c2f64", "AWS Lambda", monitor, now, days=(6, 4)),
        _anomaly(
            "b83e70a5", "Amazon Bedrock", monitor, now, days=(2, 1), Feedback="PLANNED_ACTIVITY"
        ),
    ]


def _anomaly(
    name: str, service: str, monitor: str, now: datetime, *, days: tuple[int, int], **more: Any
) -> dict[str, Any]:
    start, end = (f"{now - timedelta(days=ago):%F}T00:00:00Z" for ago in days)
    return {
        "AnomalyId": name,
        "AnomalyStartDate": start,
        "AnomalyEndDate": end,
        "DimensionValue": service,
        "RootCauses": [{"Service": service, "Region": REGION, "LinkedAccount": ACCOUNT_ID}],
        "AnomalyScore": {"MaxScore": 0.6, "CurrentScore": 0.4},
        "Impact": {"MaxImpact": 24.0, "TotalImpact": 41.5},
        "MonitorArn": monitor,
        **more,
    }
