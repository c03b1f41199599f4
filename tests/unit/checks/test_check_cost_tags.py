"""Every resource carries the agreed tags, and the bill is split by them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from example_alarms import IDENTITY
from records import NOW

from compliance.checks.cost import resources_carry_cost_tags
from compliance.facts.apis import Api
from compliance.facts.backups import ResourceTags
from compliance.facts.costs import BilledTagKey
from compliance.facts.elastic_ips import ElasticIp
from compliance.facts.functions import Function
from compliance.facts.logs import LogGroup
from compliance.facts.tables import Table
from compliance.facts.topics import Topic
from compliance.facts.volumes import Volume
from compliance.model import Verdict, summarise

KEYS = ["application", "environment"]
BOTH = {"application": "shop", "environment": "production"}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"
ONE_OF_EACH: Mapping[str, Any] = {
    "functions": [Function("arn:function", "f", "/f")],
    "tables": [Table("arn:table", "t", NOW)],
    "log_groups": [LogGroup("arn:group", "g", 30)],
    "rest_apis": [Api("arn:rest", "r", "r", "REST")],
    "http_and_websocket_apis": [Api("arn:http", "h", "h", "HTTP")],
    "topics": [Topic("arn:topic")],
    "volumes": [Volume("arn:volume", "in-use", NOW, 1)],
    "elastic_ips": [ElasticIp("arn:ip", "192.0.2.1", associated=True)],
}


def judged(
    tags: Mapping[str, Mapping[str, str]], billed: list[str] | None = None, **facts: Any
) -> Verdict:
    none: dict[str, Any] = {name: [] for name in ONE_OF_EACH}
    return resources_carry_cost_tags(
        **{**none, **facts},
        resource_tags=[ResourceTags(arn, each) for arn, each in tags.items()],
        billed_tag_keys=[BilledTagKey(key) for key in (KEYS if billed is None else billed)],
        identity=IDENTITY,
        keys=KEYS,
    )


def of_one(tags: Mapping[str, Mapping[str, str]]) -> Verdict:
    return judged(tags, functions=[Function(ARN, "orders", "/orders")])


def test_a_resource_with_every_key_holds() -> None:
    verdict = of_one({ARN: {**BOTH, "owner": "a"}})
    assert verdict.offenders == ()
    assert verdict.evaluated == ("tag-key:application", "tag-key:environment", ARN)


@pytest.mark.parametrize("fact", ONE_OF_EACH)
def test_every_kind_of_resource_is_judged(fact: str) -> None:
    [resource] = ONE_OF_EACH[fact]
    [offender] = judged({}, **{fact: [resource]}).offenders
    assert (offender.resource, offender.fault) == (resource.arn, "lacks-tags")


def test_what_the_tagging_api_does_not_name_was_never_tagged() -> None:
    [offender] = of_one({}).offenders
    assert (offender.fault, offender.observed) == ("lacks-tags", "no tags")
    assert offender.absent_from == ("resource_tags",)


def test_what_the_tagging_api_names_without_tags_is_proven_untagged() -> None:
    [offender] = of_one({ARN: {}}).offenders
    assert (offender.observed, offender.absent_from) == ("no tags", ())


@pytest.mark.parametrize(
    ("tags", "observed"),
    [
        ({"application": "shop"}, "no environment"),
        ({"owner": "a"}, "no application, no environment"),
        ({**BOTH, "environment": " "}, "environment is empty"),
        ({"Application": "shop", "environment": "p"}, "Application instead of application"),
    ],
)
def test_a_key_that_is_missing_empty_or_in_another_case_fails(
    tags: Mapping[str, str], observed: str
) -> None:
    [offender] = of_one({ARN: tags}).offenders
    assert (offender.fault, offender.observed) == ("lacks-tags", observed)
    assert offender.expected == "a value for application and environment"


def test_a_key_by_which_the_bill_is_not_split_fails_with_the_command_that_activates_it() -> None:
    [offender] = judged({"arn:topic": BOTH}, ["application"], topics=[Topic("arn:topic")]).offenders
    assert (offender.resource, offender.fault) == ("tag-key:environment", "not-activated")
    assert offender.absent_from == ("billed_tag_keys",)
    assert offender.fix is not None
    assert offender.fix.endswith("TagKey=environment,Status=Active")


def test_the_command_gives_a_resource_what_most_others_have_under_the_agreed_keys() -> None:
    rare, usual = {**BOTH, "environment": "test"}, {**BOTH, "owner": "it's mine"}
    tags = {"arn:0": usual, "arn:1": usual, "arn:2": rare, ARN: {"environment": " "}}
    [offender] = of_one(tags).offenders
    words = shlex.split(str(offender.fix))
    assert words[:5] == [
        "aws",
        "resourcegroupstaggingapi",
        "tag-resources",
        "--resource-arn-list",
        ARN,
    ]
    assert json.loads(words[words.index("--tags") + 1]) == BOTH
    assert words[-2:] == ["--region", "us-east-1"]


def test_where_nothing_is_tagged_there_is_no_value_to_give() -> None:
    assert of_one({}).offenders[0].fix is None


def test_an_account_with_nothing_to_tag_is_not_judged() -> None:
    verdict = judged({"arn:gone": {}}, [])
    assert verdict.inapplicable == "nothing in the region takes tags"
    assert verdict.offenders == ()


def test_the_summary_says_what_share_is_tagged() -> None:
    topics = [Topic(f"arn:{at}") for at in range(3)]
    verdict = judged({"arn:0": BOTH, "arn:1": BOTH}, ["application"], topics=topics)
    summary = summarise(verdict, verdict.offenders)
    assert summary.startswith("2 of 5 resources (66.6% tagged): arn:2 (no tags)")


def test_the_summary_of_a_whole_account_says_so() -> None:
    verdict = of_one({ARN: BOTH})
    assert "100% tagged by application and environment" in summarise(verdict, ())
