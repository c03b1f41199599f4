"""How often dashboards, metric filters, alert topics and alarms are read, and what of them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from evaluating import REGISTRY
from reading import NOW, collected

from compliance.dashboard_body import parse
from compliance.facts.alert_topics import AlertTopic, TopicKey
from compliance.facts.dashboards import Dashboard, DashboardBody, GraphedExpression
from compliance.facts.keys import Key
from compliance.facts.metric_filters import CountedMetric, MetricFilter
from compliance.facts.regions import Region
from compliance.model import Gap
from simulated_account import SimulatedAccount
from simulated_account.failures import AccessDenied, Throttling

ACCOUNT, HOME, FAR = "210987654321", "us-east-1", "eu-west-1"
REGIONS = [Region(HOME, enabled=True), Region(FAR, enabled=True), Region("af-south-1", False)]  # noqa: FBT003 -- a record in its own order
WINDOW = {"window_hours": 24, "known_days": 14}
POLICY = json.dumps({"Statement": []})


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(ACCOUNT) as simulated:
        yield simulated


def asked(account: SimulatedAccount) -> Counter[str]:
    return Counter(call.operation for call in account.calls if call.service != "sts")


def records(account: SimulatedAccount, fact: str, *given: Any, **settings: Any) -> list[Any]:
    found, gaps = collected(account, fact, *given, **settings)
    assert gaps == []
    return found


def body_of(*widgets: Any, name: str = "ops") -> DashboardBody:
    return parse(f"arn:{name}", name, json.dumps({"widgets": widgets}), HOME)


def graph(*metrics: list[Any], **drawn: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"title": "t", "metrics": list(metrics), **drawn}}


def measure(
    account: SimulatedAccount, name: str, *, region: str = HOME, hours_ago: float = 1, **by: str
) -> None:
    account.data.cloudwatch.add_metric(
        region, "Shop", name, by, 5, at=NOW - timedelta(hours=hours_ago)
    )


def graphed(
    account: SimulatedAccount, *bodies: DashboardBody
) -> dict[tuple[str, str], tuple[bool, bool]]:
    found = records(account, "graphed_metrics", bodies, REGIONS, NOW, **WINDOW)
    return {(each.region, each.query.name): (each.in_window, each.lately) for each in found}


def evaluated(account: SimulatedAccount, *bodies: DashboardBody) -> list[GraphedExpression]:
    return records(account, "graphed_expressions", bodies, REGIONS, NOW, window_hours=24)


# Dashboards


def put(account: SimulatedAccount, *names: str, body: str = '{"widgets": []}') -> None:
    for name in names:
        account.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=body)


def test_every_page_of_dashboards_is_read(account: SimulatedAccount) -> None:
    put(account, "a", "b", "c")
    account.page_size("cloudwatch", "ListDashboards", 1)
    found = records(account, "dashboards")
    assert found[0] == Dashboard(f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/a", "a")
    assert [dashboard.name for dashboard in found] == ["a", "b", "c"]


def test_only_the_dashboards_that_the_baseline_names_are_opened(account: SimulatedAccount) -> None:
    put(account, "a", "b")
    account.forget_calls()
    found = records(account, "dashboard_bodies", named=["a", "gone", "a"])
    assert [(body.name, body.mistake) for body in found] == [("a", None)]
    assert asked(account) == {"GetDashboard": 2}


def test_a_body_that_is_no_dashboard_is_a_record_with_a_mistake(account: SimulatedAccount) -> None:
    put(account, "a", body="{}")
    [body] = records(account, "dashboard_bodies", named=["a"])
    assert body.mistake


def test_a_dashboard_that_may_not_be_opened_is_a_gap(account: SimulatedAccount) -> None:
    account.fail("cloudwatch", "GetDashboard", AccessDenied)
    found, [gap] = collected(account, "dashboard_bodies", named=["a"])
    assert (found, gap.action, gap.refused) == ([], "cloudwatch:GetDashboard", True)


def test_regions_are_told_apart_by_whether_they_are_open(account: SimulatedAccount) -> None:
    found = {region.name: region.enabled for region in records(account, "regions")}
    assert (found[HOME], found[FAR], found.get("us-east-9")) == (True, True, None)
    assert False in found.values()


# Metrics of graphs


def test_a_metric_is_in_the_window_or_of_late_or_unknown(account: SimulatedAccount) -> None:
    measure(account, "New")
    measure(account, "Edge", hours_ago=23)
    measure(account, "Old", hours_ago=26)
    measure(account, "Gone", hours_ago=15 * 24)
    body = body_of(graph(*(["Shop", name] for name in ("New", "Edge", "Old", "Gone", "Never"))))
    assert graphed(account, body) == {
        (HOME, "New"): (True, True),
        (HOME, "Edge"): (True, True),
        (HOME, "Old"): (False, True),
        (HOME, "Gone"): (False, False),
        (HOME, "Never"): (False, False),
    }


def test_a_metric_is_asked_once_over_all_dashboards(account: SimulatedAccount) -> None:
    measure(account, "New")
    bodies = [
        body_of(graph(["Shop", "New"]), graph(["Shop", "New"], period=60)),
        body_of(graph(["Shop", "New"]), name="other"),
    ]
    graphed(account, *bodies)
    [call] = [call for call in account.calls if call.operation == "GetMetricData"]
    assert len(call.params["MetricDataQueries"]) == 1


def test_five_hundred_metrics_are_asked_in_a_call(account: SimulatedAccount) -> None:
    metrics = [["Shop", f"M{at}"] for at in range(501)]
    for _, name in metrics:
        measure(account, name)
    account.forget_calls()
    assert len(graphed(account, body_of(graph(*metrics)))) == 501
    assert asked(account) == {"GetMetricData": 2}


def test_points_stay_few_whatever_a_widget_draws(account: SimulatedAccount) -> None:
    graphed(account, body_of(graph(["Shop", "Never"], period=1)))
    periods = [
        call.params["MetricDataQueries"][0]["MetricStat"]["Period"]
        for call in account.calls
        if call.operation == "GetMetricData"
    ]
    assert periods == [3600, 86400]


def test_a_metric_is_asked_in_its_own_region(account: SimulatedAccount) -> None:
    measure(account, "New", region=FAR)
    body = body_of(graph(["Shop", "New", {"region": FAR}], ["Shop", "New"]))
    assert graphed(account, body) == {
        (FAR, "New"): (True, True),
        (HOME, "New"): (False, False),
    }


@pytest.mark.parametrize(
    "drawn", [{"region": "us-east-9"}, {"region": "af-south-1"}, {"accountId": "999999999999"}]
)
def test_what_cannot_be_asked_for_is_not(account: SimulatedAccount, drawn: dict[str, str]) -> None:
    widget = graph(["Shop", "New"], [{"expression": "1", "id": "e"}], **drawn)
    assert graphed(account, body_of(widget)) == {}
    assert evaluated(account, body_of(widget)) == []
    assert asked(account) == {}


def test_a_region_that_does_not_answer_leaves_the_others(account: SimulatedAccount) -> None:
    """Its failure is known, and its metrics are not called empty."""
    measure(account, "New")
    body = body_of(graph(["Shop", "New"], ["Shop", "Never", {"region": FAR}]))
    account.fail("cloudwatch", "GetMetricData", Throttling, region=FAR)
    found, gaps = collected(account, "graphed_metrics", [body], REGIONS, NOW, **WINDOW)
    assert [each.query.name for each in found] == ["New"]
    assert {gap.action for gap in gaps} == {"cloudwatch:GetMetricData"}


def _answering(account: SimulatedAccount, *results: Sequence[Any]) -> None:
    data = [
        {"Id": name, "StatusCode": status, "Timestamps": [NOW] * points, "Values": [1.0] * points}
        for name, status, points in results
    ]
    account.data.cloudwatch.metric_data = lambda _: {"MetricDataResults": data}  # type: ignore[method-assign]  # a test's own answer


# Expressions


RATE = graph(
    [{"expression": "e/c", "id": "rate"}],
    ["Shop", "Errors", {"id": "e", "visible": False}],
    ["Shop", "Calls", {"id": "c", "visible": False}],
)


def test_an_expression_has_data_where_its_inputs_do(account: SimulatedAccount) -> None:
    measure(account, "Errors")
    assert evaluated(account, body_of(RATE)) == [GraphedExpression("widget:ops/t", "rate", False)]  # noqa: FBT003 -- a record in its own order
    measure(account, "Calls")
    assert evaluated(account, body_of(RATE)) == [GraphedExpression("widget:ops/t", "rate", True)]  # noqa: FBT003 -- a record in its own order


def test_an_expression_may_build_on_one_that_is_hidden(account: SimulatedAccount) -> None:
    measure(account, "Errors")
    widget = graph(
        [{"expression": "f*2", "id": "g"}],
        [{"expression": "e*2", "id": "f", "visible": False}],
        ["Shop", "Errors", {"id": "e", "visible": False}],
    )
    [found] = evaluated(account, body_of(widget))
    assert (found.line, found.has_data) == ("g", True)


@pytest.mark.parametrize(("tenants", "has_data"), [((), False), (("a",), True), (("a", "b"), True)])
def test_a_search_has_data_where_it_finds_some(
    account: SimulatedAccount, tenants: Sequence[str], *, has_data: bool
) -> None:
    for tenant in tenants:
        measure(account, "Errors", Tenant=tenant)
    search = "SEARCH('{Shop,Tenant} MetricName=\"Errors\"', 'Sum', 300)"
    [found] = evaluated(account, body_of(graph([{"expression": search, "id": "s"}])))
    assert found.has_data is has_data


def test_a_search_that_answers_nothing_at_all_has_no_data(account: SimulatedAccount) -> None:
    _answering(account)
    [found] = evaluated(account, body_of(RATE))
    assert not found.has_data


def test_each_widget_is_asked_by_itself_with_its_own_ids(account: SimulatedAccount) -> None:
    measure(account, "Errors")
    measure(account, "Calls")
    other = graph([{"expression": "e*2", "id": "rate"}], ["Shop", "Errors", {"id": "e"}], title="u")
    account.forget_calls()
    found = evaluated(account, body_of(RATE, other, graph(["Shop", "Errors"])))
    assert [each.widget for each in found] == ["widget:ops/t", "widget:ops/u"]
    assert asked(account) == {"GetMetricData": 2}


def test_an_expression_that_is_refused_says_why(account: SimulatedAccount) -> None:
    [found] = evaluated(account, body_of(graph([{"expression": "nope*2", "id": "e"}])))
    assert not found.has_data
    assert "nope" in str(found.refused)


def test_a_refused_call_is_a_gap_and_no_refused_expression(account: SimulatedAccount) -> None:
    account.fail("cloudwatch", "GetMetricData", AccessDenied)
    found, [gap] = collected(
        account, "graphed_expressions", [body_of(RATE)], REGIONS, NOW, window_hours=24
    )
    assert (found, gap.refused) == ([], True)


@pytest.mark.parametrize(
    ("result", "known"),
    [(("rate", "PartialData", 0), False), (("rate", "InternalError", 0), False),
     (("rate", "PartialData", 1), True)],
)  # fmt: skip
def test_part_of_an_answer_proves_data_and_never_their_absence(
    account: SimulatedAccount, result: Sequence[Any], *, known: bool
) -> None:
    _answering(account, result)
    found, gaps = collected(
        account, "graphed_expressions", [body_of(RATE)], REGIONS, NOW, window_hours=24
    )
    assert [each.has_data for each in found] == [True] * known
    assert bool(gaps) is not known


def test_a_widget_of_two_regions_is_left_out(account: SimulatedAccount) -> None:
    widget = graph([{"expression": "e", "id": "x"}], ["Shop", "Errors", {"id": "e", "region": FAR}])
    assert evaluated(account, body_of(widget)) == []


# Metric filters


def put_filter(account: SimulatedAccount, group: str, name: str, **metric: Any) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.put_metric_filter(
        logGroupName=group,
        filterName=name,
        filterPattern="ERROR",
        metricTransformations=[
            {"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1", **metric}
        ],
    )


def test_every_page_of_filters_of_every_group_is_read(account: SimulatedAccount) -> None:
    for at in range(3):
        put_filter(account, f"/{at}", "errors", dimensions={"Tenant": "$.tenant"})
    account.page_size("logs", "DescribeMetricFilters", 1)
    account.forget_calls()
    found = records(account, "metric_filters")
    metric = CountedMetric("Shop", "Errors", frozenset({"Tenant"}))
    assert found == [MetricFilter(f"/{at}", "errors", (metric,)) for at in range(3)]
    assert asked(account) == {"DescribeMetricFilters": 3}


# Alert topics


def topic(account: SimulatedAccount, region: str = HOME, key: str | None = None) -> str:
    sns = account.client("sns", region)
    arn: str = sns.create_topic(Name="alerts")["TopicArn"]
    if key:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key)
    return arn


def make_key(account: SimulatedAccount, region: str = HOME) -> str:
    kms = account.client("kms", region)
    made = kms.create_key(Policy=POLICY)["KeyMetadata"]
    kms.create_alias(AliasName="alias/alerts", TargetKeyId=made["KeyId"])
    return str(made["Arn"])


def keys_of(account: SimulatedAccount, *topics: AlertTopic) -> list[TopicKey]:
    aliases = records(account, "key_aliases")
    known: list[Key] = records(account, "keys", aliases)
    account.forget_calls()
    return records(account, "topic_keys", topics, known)


def test_a_topic_counts_who_confirmed(account: SimulatedAccount) -> None:
    arn = topic(account)
    sns = account.client("sns")
    sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    policy = json.dumps({"Statement": []}, separators=(",", ":"))
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    [found] = records(account, "alert_topics", topic=arn, others=[])
    assert found == AlertTopic(arn, None, 0, policy)
    account.confirm_subscriptions(arn)
    [found] = records(account, "alert_topics", topic=arn, others=[arn])
    assert found == AlertTopic(arn, None, 1, policy)


def test_a_topic_is_asked_for_in_its_region_and_may_be_gone(account: SimulatedAccount) -> None:
    far = topic(account, FAR)
    gone = far.replace(FAR, HOME)
    [found] = records(account, "alert_topics", topic=gone, others=[far])
    assert (found.arn, found.key, found.confirmed_subscriptions) == (far, None, 0)


def test_a_topic_that_is_refused_is_a_gap_of_its_own(account: SimulatedAccount) -> None:
    account.fail("sns", "GetTopicAttributes", AccessDenied)
    arn = f"arn:aws:sns:{HOME}:{ACCOUNT}:alerts"
    found, [gap] = collected(account, "alert_topics", topic=arn, others=[])
    assert (found, gap.resource) == ([], arn)


@pytest.mark.parametrize("by", ["alias", "id", "arn", "alias arn"])
def test_a_key_is_known_by_whichever_name(account: SimulatedAccount, by: str) -> None:
    arn = make_key(account)
    named = {
        "alias": "alias/alerts",
        "id": arn.rpartition("/")[2],
        "arn": arn,
        "alias arn": f"arn:aws:kms:{HOME}:{ACCOUNT}:alias/alerts",
    }[by]
    topic_arn = topic(account, key=named)
    [found] = records(account, "alert_topics", topic=topic_arn, others=[])
    assert keys_of(account, found) == [TopicKey(topic_arn, "Enabled", arn=arn, policy=POLICY)]
    assert asked(account) == {"GetKeyPolicy": 1}


def test_a_key_of_another_region_is_described_there(account: SimulatedAccount) -> None:
    make_key(account)
    arn = make_key(account, FAR)
    [found] = keys_of(
        account, AlertTopic("arn:aws:sns:eu-west-1:210987654321:a", "alias/alerts", 1)
    )
    assert (found.arn, found.policy) == (arn, POLICY)
    assert asked(account) == {"DescribeKey": 1, "GetKeyPolicy": 1}


@pytest.mark.parametrize("named", ["alias/aws/sns", f"arn:aws:kms:{HOME}:{ACCOUNT}:alias/aws/sns"])
def test_the_key_that_aws_manages_needs_no_question(account: SimulatedAccount, named: str) -> None:
    [found] = keys_of(account, AlertTopic(f"arn:aws:sns:{HOME}:{ACCOUNT}:a", named, 1))
    assert (found.customer_managed, found.policy) == (False, None)
    assert asked(account) == {}


def test_a_key_of_aws_may_go_by_its_id(account: SimulatedAccount) -> None:
    theirs = Key(f"arn:aws:kms:{HOME}:{ACCOUNT}:key/1", "AWS", "Enabled", ("alias/aws/sns",))
    subject = AlertTopic(f"arn:aws:sns:{HOME}:{ACCOUNT}:a", "1", 1)
    [found] = records(account, "topic_keys", [subject], [theirs])
    assert not found.customer_managed


def test_a_key_that_is_not_there_is_gone(account: SimulatedAccount) -> None:
    [found] = keys_of(account, AlertTopic(f"arn:aws:sns:{HOME}:{ACCOUNT}:a", "alias/gone", 1))
    assert found.state == "Gone"


def test_the_key_of_another_account_leaves_its_topic_unseen(account: SimulatedAccount) -> None:
    subject = AlertTopic(
        f"arn:aws:sns:{HOME}:{ACCOUNT}:a", f"arn:aws:kms:{HOME}:999999999999:key/1", 1
    )
    found, gaps = collected(account, "topic_keys", [subject], [])
    assert found == []
    message = f"the key {subject.key} is of another account"
    assert gaps == [Gap("kms:GetKeyPolicy", "OtherAccount", message, subject.arn)]


def test_a_topic_without_a_key_asks_for_none(account: SimulatedAccount) -> None:
    assert keys_of(account, AlertTopic(f"arn:aws:sns:{HOME}:{ACCOUNT}:a", None, 1)) == []


# Alarms


def test_an_alarm_tells_its_state_and_since_when(account: SimulatedAccount) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
    since = NOW - timedelta(days=3)
    for name in ("errors", "any"):
        account.data.cloudwatch.set_state(HOME, name, "ALARM", at=since)
        account.data.cloudwatch.set_state(HOME, name, "ALARM", at=NOW, reason="another")
    found = records(account, "alarms")
    assert {(alarm.state, alarm.state_changed_at) for alarm in found} == {("ALARM", since)}
    assert len(found) == 2


def test_an_alarm_tells_the_unit_and_the_account_that_it_asks_for(
    account: SimulatedAccount,
) -> None:
    compared = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
    metric = {"Namespace": "Shop", "MetricName": "Errors"}
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="one", Statistic="Sum", Period=60, Unit="Percent", **metric, **compared
    )
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    cloudwatch.put_metric_alarm(
        AlarmName="several",
        Metrics=[
            {"Id": "sum", "Expression": "a+b+c", "ReturnData": True},
            {"Id": "a", "MetricStat": stat | {"Unit": "Count"}, "ReturnData": False},
            {"Id": "b", "MetricStat": stat, "AccountId": "999999999999", "ReturnData": False},
            {"Id": "c", "MetricStat": stat, "AccountId": account.account_id, "ReturnData": False},
        ],
        **compared,
    )
    one, several = sorted(records(account, "alarms"), key=lambda alarm: alarm.name)
    assert (one.metrics["m1"].unit, one.metrics["m1"].account) == ("Percent", None)
    assert {id_: (metric.unit, metric.account) for id_, metric in several.metrics.items()} == {
        "a": ("Count", None),
        "b": (None, "999999999999"),
        "c": (None, None),
    }


def test_the_baseline_says_what_collectors_look_at() -> None:
    assert REGISTRY.collectors["graphed_metrics"].settings == {
        "window_hours": "dashboards.window_hours",
        "known_days": "dashboards.known_days",
    }
