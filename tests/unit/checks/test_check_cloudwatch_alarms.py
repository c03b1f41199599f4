"""The check of the workload's alarms as a whole: what is demanded, and where it is looked for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from example_alarms import (
    DEFINITIONS,
    FUNCTION,
    HTTP,
    IDENTITY,
    REST,
    SUBSCRIPTIONS,
    TABLE,
    TOPIC,
    TOPICS,
    WEBSOCKET,
    api_metric,
    charges_alarm,
    composite_alarm,
    error_rate_alarm,
    function_alarm,
    latency_alarm,
    metric_alarm,
    throttle_alarm,
)

from compliance.checks.cloudwatch import alarms_watch_the_workload
from compliance.facts.apis import Api, RestStage, WebSocketStage
from compliance.facts.topics import Subscription, Topic
from compliance.model import Identity, Verdict

GOOD = (
    error_rate_alarm(name="errors"),
    latency_alarm(name="latency"),
    function_alarm(name="function"),
    throttle_alarm(name="throttles"),
    charges_alarm(name="charges"),
)
IRELAND = Identity(IDENTITY.account, "eu-west-1")
LOCAL_TOPIC = TOPIC.replace("us-east-1", "eu-west-1")


def judged(**facts: Any) -> Verdict:
    given: dict[str, Any] = {
        "rest_apis": (REST,),
        "http_and_websocket_apis": (),
        "rest_stages": (),
        "websocket_stages": (),
        "functions": (FUNCTION,),
        "tables": (TABLE,),
        "alarms": GOOD,
        "topics": TOPICS,
        "subscriptions": SUBSCRIPTIONS,
        "identity": IDENTITY,
        "definitions": DEFINITIONS,
        "production_stages": ["prod"],
        "trusted_targets": [],
        "topic": TOPIC,
        "alert_emails": ["oncall@example.com"],
    } | facts
    for fact in ("alarms", "topics", "subscriptions"):
        given.setdefault(f"billing_region_{fact}", given[fact])
    return alarms_watch_the_workload(**given)


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(offender.resource, offender.fault) for offender in verdict.offenders]


def test_one_good_alarm_for_each_demand_holds() -> None:
    verdict = judged()
    assert verdict.offenders == ()
    assert verdict.evaluated == (
        "alarm:api-error-rate/shop",
        "alarm:api-latency/shop",
        "alarm:lambda-errors/orders",
        "alarm:dynamodb-throttles/parcels",
        "alarm:cost/account",
    )


def test_every_demand_is_missing_where_there_is_no_alarm() -> None:
    verdict = judged(alarms=())
    assert found(verdict) == sorted((name, "missing") for name in verdict.evaluated)


def test_an_empty_account_still_needs_an_alarm_on_its_charges() -> None:
    verdict = judged(rest_apis=(), functions=(), tables=(), alarms=())
    assert found(verdict) == [("alarm:cost/account", "missing")]
    assert verdict.inapplicable is None


def test_apis_of_every_kind_need_both_alarms() -> None:
    verdict = judged(rest_apis=(), http_and_websocket_apis=(HTTP, WEBSOCKET))
    assert found(verdict) == [
        ("alarm:api-error-rate/live/w1", "missing"),
        ("alarm:api-error-rate/partners/h1", "missing"),
        ("alarm:api-latency/live/w1", "missing"),
        ("alarm:api-latency/partners/h1", "missing"),
    ]


def test_apis_that_share_a_name_are_told_apart() -> None:
    twins = [replace(HTTP, name="shop"), replace(WEBSOCKET, name="shop")]
    verdict = judged(http_and_websocket_apis=twins)
    assert ("alarm:api-error-rate/shop/h1", "missing") in found(verdict)
    assert ("alarm:api-error-rate/shop/w1", "missing") in found(verdict)
    names = [shlex.split(o.fix or "")[4] for o in verdict.offenders]
    assert len(set(names)) == 4


def test_rest_apis_that_share_a_name_are_one_to_cloudwatch() -> None:
    twins: Sequence[Api] = [REST, replace(REST, id="r2", arn=f"{REST.arn}2")]
    assert judged(rest_apis=twins).offenders == ()


def test_only_the_production_stages_stand_for_the_whole_api() -> None:
    metric = api_metric("5XXError", "Average", ApiName="shop", Stage="live")
    alarms = [metric_alarm(metric, 0.05), *GOOD[1:]]
    assert found(judged(alarms=alarms)) == [("alarm:api-error-rate/shop", "missing")]
    assert judged(alarms=alarms, production_stages=["live"]).offenders == ()


@pytest.mark.parametrize("api", [REST, WEBSOCKET])
def test_an_alarm_on_one_of_two_production_stages_leaves_the_other_unwatched(api: Api) -> None:
    names = ["prod", "live"]
    stages = [RestStage(f"{REST.arn}/stages/{name}", REST.id, REST.name, name) for name in names]
    sockets = [
        WebSocketStage(f"{WEBSOCKET.arn}/stages/{name}", WEBSOCKET.id, WEBSOCKET.name, name)
        for name in names
    ]
    of = {"ApiName": "shop"} if api is REST else {"ApiId": "w1"}
    name = "Latency" if api is REST else "IntegrationLatency"
    metric = api_metric(name, "p95", Stage="prod", **of)
    verdict = judged(
        http_and_websocket_apis=[WEBSOCKET],
        rest_stages=stages,
        websocket_stages=sockets,
        production_stages=names,
        alarms=[metric_alarm(metric, 2000, of=(2, 3))],
    )
    [latency] = [
        offender.observed
        for offender in verdict.offenders
        if offender.resource.startswith(f"alarm:api-latency/{api.name}")
    ]
    assert latency == "nothing watches it on stage live"


def test_a_child_of_a_composite_alarm_needs_no_action() -> None:
    children = [replace(alarm, actions=()) for alarm in GOOD]
    rule = " OR ".join(f'ALARM("{child.name}")' for child in children)
    assert judged(alarms=[*children, composite_alarm(rule)]).offenders == ()


def test_definitions_of_the_baseline_decide() -> None:
    stricter = {**DEFINITIONS, "lambda-errors": DEFINITIONS["lambda-errors"] | {"threshold": 1}}
    [offender] = judged(definitions=stricter).offenders
    assert (offender.fault, offender.observed) == ("looser-threshold", "threshold 5 percent")
    assert offender.expected == "above 1 percent, 2 of 2 periods of 300 s"


def test_charges_are_looked_for_in_the_billing_region() -> None:
    verdict = judged(billing_region_alarms=())
    [offender] = verdict.offenders
    assert offender.key == ("alarm:cost/account", "missing")
    assert offender.absent_from == ("billing_region_alarms",)


def test_an_alarm_on_charges_outside_the_billing_region_watches_nothing() -> None:
    there = {"billing_region_topics": TOPICS, "billing_region_subscriptions": SUBSCRIPTIONS}
    local = [replace(alarm, actions=(LOCAL_TOPIC,)) for alarm in GOOD]
    verdict = judged(
        identity=IRELAND,
        alarms=local,
        topics=(Topic(LOCAL_TOPIC),),
        subscriptions=(Subscription(LOCAL_TOPIC, "email", "a@example.com", confirmed=True),),
        billing_region_alarms=(),
        **there,
    )
    [offender] = verdict.offenders
    assert offender.key == ("alarm:cost/account", "missing")
    assert shlex.split(offender.fix or "")[-2:] == ["--region", "us-east-1"]


def test_the_billing_alarm_needs_a_topic_of_its_own_region() -> None:
    here = {"topics": (), "subscriptions": (), "identity": IRELAND}
    there = {"billing_region_topics": TOPICS, "billing_region_subscriptions": SUBSCRIPTIONS}
    nothing = {"rest_apis": (), "functions": (), "tables": (), "alarms": ()}
    good = judged(**here, **there, **nothing, billing_region_alarms=[charges_alarm()])
    assert good.offenders == ()
    elsewhere = [charges_alarm(actions=(LOCAL_TOPIC,))]
    bad = judged(**here, **there, **nothing, billing_region_alarms=elsewhere)
    assert [o.fault for o in bad.offenders] == ["target-elsewhere"]


def test_the_billing_regions_facts_are_named_where_its_topic_was_not_found() -> None:
    [offender] = judged(billing_region_topics=()).offenders
    assert offender.fault == "topic-gone"
    assert set(offender.absent_from) == {"billing_region_alarms", "billing_region_topics"}


def test_a_target_elsewhere_counts_where_the_baseline_trusts_it() -> None:
    pager = "arn:aws:sns:us-east-1:999999999999:pager"
    alarms = [replace(alarm, actions=(pager,)) for alarm in GOOD]
    assert {o.fault for o in judged(alarms=alarms).offenders} == {"target-elsewhere"}
    assert judged(alarms=alarms, trusted_targets=[pager]).offenders == ()


@pytest.mark.parametrize("emails", [["first@example.com", "second@example.com"]])
def test_the_first_alert_address_is_the_one_to_subscribe(emails: list[str]) -> None:
    verdict = judged(subscriptions=(), billing_region_subscriptions=(), alert_emails=emails)
    assert {o.fault for o in verdict.offenders} == {"no-confirmed-subscription"}
    assert all("first@example.com" in (o.fix or "") for o in verdict.offenders)
