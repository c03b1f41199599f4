"""Every network in use records its traffic, and the records arrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from example_alarms import ACCOUNT, IDENTITY

from compliance.checks.security import networks_record_their_traffic
from compliance.facts.vpcs import FlowLog, NetworkInterface, Vpc
from compliance.model import Verdict

ARN = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-1"
VPC = Vpc(ARN, "vpc-1", ACCOUNT, default=False)
DEFAULT = replace(VPC, default=True)
LOG = FlowLog("fl-1", "vpc-1", "ACTIVE", "SUCCESS", None, "ALL", "/vpc")
FAILED = replace(LOG, id="fl-2", delivery="FAILED", delivery_error="Access error")


def judged(*logs: FlowLog, vpcs: Sequence[Vpc] = (VPC,), interfaces: Sequence[str] = ()) -> Verdict:
    attached = [NetworkInterface(f"eni-{vpc}", vpc) for vpc in interfaces]
    return networks_record_their_traffic(vpcs, attached, logs, IDENTITY)


def keys(verdict: Verdict) -> list[tuple[str, str]]:
    return [offender.key for offender in verdict.offenders]


@pytest.mark.parametrize("traffic", ["ALL", "REJECT"])
@pytest.mark.parametrize("destination", ["/vpc", "arn:aws:s3:::logs", "arn:aws:firehose:x"])
def test_an_active_flow_log_that_delivers_holds(traffic: str, destination: str) -> None:
    verdict = judged(replace(LOG, traffic=traffic, destination=destination))
    assert (verdict.evaluated, verdict.offenders) == ((ARN,), ())


def test_a_network_without_a_flow_log_fails() -> None:
    [offender] = judged().offenders
    assert offender.key == (ARN, "no-flow-log")
    assert offender.absent_from == ("flow_logs",)


@pytest.mark.parametrize("resource", ["subnet-1", "eni-1", "vpc-2", "tgw-1"])
def test_flow_logs_of_anything_else_do_not_cover_a_network(resource: str) -> None:
    assert keys(judged(replace(LOG, resource_id=resource))) == [(ARN, "no-flow-log")]


def test_a_flow_log_that_does_not_deliver_fails_with_its_reason() -> None:
    [offender] = judged(FAILED).offenders
    assert offender.key == (ARN, "delivery-failed")
    assert offender.observed == "flow log fl-2 to /vpc does not deliver: Access error"


@pytest.mark.parametrize(
    ("others", "fault"),
    [
        ({"delivery": None}, "delivery-failed"),
        ({"status": "INACTIVE"}, "not-active"),
        ({"traffic": "ACCEPT"}, "accepted-only"),
    ],
)
def test_a_flow_log_that_records_too_little_fails(others: dict[str, Any], fault: str) -> None:
    assert keys(judged(replace(LOG, **others))) == [(ARN, fault)]


def test_one_flow_log_as_it_must_be_is_enough() -> None:
    assert keys(judged(FAILED, LOG)) == []


def test_what_is_wrong_with_each_flow_log_is_told() -> None:
    accepted = replace(LOG, traffic="ACCEPT")
    assert keys(judged(FAILED, accepted)) == [(ARN, "accepted-only"), (ARN, "delivery-failed")]


def test_an_unused_default_network_alone_is_nothing_to_judge() -> None:
    verdict = judged(vpcs=[DEFAULT])
    assert verdict.inapplicable == "no VPC of this account but an unused default one"


def test_a_default_network_in_use_is_judged() -> None:
    assert keys(judged(vpcs=[DEFAULT], interfaces=["vpc-1"])) == [(ARN, "no-flow-log")]


def test_an_unused_default_network_is_not_judged_among_others() -> None:
    other = replace(VPC, arn=f"{ARN}2", id="vpc-12")
    verdict = judged(replace(LOG, resource_id="vpc-12"), vpcs=[DEFAULT, other])
    assert verdict.evaluated == (other.arn,)
    assert verdict.seen == (ARN, other.arn)


def test_another_network_is_judged_whatever_is_in_it() -> None:
    assert keys(judged(vpcs=[VPC], interfaces=[])) == [(ARN, "no-flow-log")]


def test_a_network_that_another_account_shares_is_not_judged() -> None:
    shared = replace(VPC, owner="999999999999")
    assert judged(vpcs=[shared], interfaces=["vpc-1"]).inapplicable
    assert judged(vpcs=[]).inapplicable
