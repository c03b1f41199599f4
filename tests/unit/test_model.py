import pytest

from compliance.model import (
    Gap,
    Offender,
    Verdict,
    describe,
    name_of,
    plural,
    summarise,
)


def _offender(resource: str, fault: str = "never-expires") -> Offender:
    return Offender(resource, fault, "never expires", "30 days")


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/a:b", "/aws/lambda/a:b"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/orders", "orders"),
        ("arn:aws:s3:::bucket", "bucket"),
        ("arn:aws:sns:us-east-1:123456789012:alerts", "alerts"),
        ("arn:aws:cloudwatch:us-east-1:123456789012:alarm:a/b", "a/b"),
        ("arn:aws:apigateway:us-east-1::/restapis/abc", "/restapis/abc"),
        ("alarm:cost/account", "alarm:cost/account"),
        ("arn:broken", "arn:broken"),
        ("", ""),
    ],
)
def test_people_know_a_resource_by_its_name(resource: str, name: str) -> None:
    assert name_of(resource) == name


def test_a_verdict_names_each_offence_once_and_in_one_order() -> None:
    offenders = [_offender("b"), _offender("a"), _offender("b")]
    verdict = Verdict.of("group", ["b", "a", "b"], offenders, holds="")
    assert [o.resource for o in verdict.offenders] == ["a", "b"]
    assert verdict.evaluated == ("b", "a")


def test_a_summary_counts_resources_and_names_the_first_three_offences() -> None:
    offenders = tuple(_offender(name) for name in "abcd")
    verdict = Verdict.of("log group", "abcdefgh", offenders, holds="")
    assert summarise(verdict, offenders) == (
        "4 of 8 log groups: a (never expires); b (never expires); c (never expires); 1 more"
    )


def test_a_summary_of_what_holds_says_of_how_many() -> None:
    verdict = Verdict.of("policy", ["a", "b"], [], holds="all are tight")
    assert summarise(verdict, ()) == "2 policies: all are tight"


def test_one_thing_is_not_spoken_of_as_many() -> None:
    assert (plural(1, "table"), plural(1200, "table")) == ("1 table", "1,200 tables")
    assert (plural(2, "policy"), plural(2, "day")) == ("2 policies", "2 days")


def test_a_refused_read_names_the_permission_to_grant() -> None:
    gaps = [
        Gap(
            "dynamodb:DescribeTable",
            "AccessDeniedException",
            "no",
            f"arn:aws:dynamodb:r:1:table/{n}",
        )
        for n in "ab"
    ]
    assert describe(gaps) == (
        "dynamodb:DescribeTable for a and 1 more answered AccessDeniedException "
        "(grant dynamodb:DescribeTable): no"
    )


def test_a_throttled_read_asks_for_no_permission() -> None:
    assert "grant" not in describe([Gap("logs:DescribeLogGroups", "ThrottlingException")])
