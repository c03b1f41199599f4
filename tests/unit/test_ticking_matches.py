"""Which item a box of somebody's own checklist means; a wrong match is worse than none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from example_checklist import CHECKLIST, MEANT

from compliance.checklist import load_checklist
from compliance.documents import load_yaml
from compliance_cli.checklists import matching
from compliance_cli.checklists.boxes import read
from compliance_cli.checklists.matching import Match, matches


def matched(text: str) -> Sequence[Match]:
    return matches(read(text), load_checklist())


def items(text: str) -> list[str | None]:
    return [match.item for match in matched(text)]


def test_boxes_in_a_teams_own_words_find_their_items() -> None:
    assert items(CHECKLIST) == MEANT


@pytest.mark.parametrize("item", load_checklist().items)
def test_an_items_own_name_under_its_sections_title_is_surely_meant(item: str) -> None:
    section, _, name = item.partition(".")
    title = load_checklist().sections[section]

    found = matched(f"# {title}\n\n- [ ] {name.replace('-', ' ')}\n")

    assert [match.item for match in found] == [item]
    assert found[0].score > 0.9


def test_one_wording_under_two_headings_means_two_items() -> None:
    text = "# DynamoDB\n- [ ] Encryption at rest\n# Redis cache\n- [ ] Encryption at rest\n"

    assert items(text) == ["dynamodb.encryption", "elasticache.rest-encryption"]


def test_one_wording_without_a_heading_means_none_of_two_items() -> None:
    assert items("- [ ] Encryption at rest\n") == [None]


def test_the_nearest_of_two_headings_counts() -> None:
    text = "# REST API\n- [ ] Custom domain\n## WebSocket API\n- [ ] Custom domain\n"

    assert items(text) == ["rest-api.custom-domain", "websocket-api.custom-domain"]


def test_the_sections_own_name_in_a_box_adds_nothing_and_takes_nothing_away() -> None:
    assert items("# Feedback\n- [ ] Feedback of users\n") == ["feedback.users"]


def test_a_box_under_no_heading_can_name_its_section_itself() -> None:
    text = "- [ ] Cognito passwords\n"

    assert items(text) == ["cognito.password-policy"]


@pytest.mark.parametrize("parent", ["- Cognito", "- [ ] **Cognito**", "**Cognito:**\n"])
def test_what_a_box_stands_under_is_its_heading_too(parent: str) -> None:
    text = f"{parent}\n  - [ ] MFA\n\n- CloudTrail\n  - [ ] Digest files\n"

    assert items(text) == ["cognito.mfa", "cloudtrail.log-validation"]


@pytest.mark.parametrize(
    "text",
    [
        "# Network\n- [ ] The EKS control plane logs\n",
        "# RDS\n- [ ] Multi-AZ\n- [ ] Backups are automatic\n",
        "# DynamoDB\n- [ ] The DAX cluster is encrypted\n",
        "# CloudTrail\n- [ ] KMS encryption of the trail\n",
        "# Party\n- [ ] Order pizza for everyone\n- [ ] Balloons\n",
        "# Misc\n- [ ] ???\n- [ ] (later)\n",
    ],
)
def test_what_no_item_is_about_means_none(text: str) -> None:
    assert not any(items(text))


@pytest.mark.parametrize(
    "box",
    [
        "# Rollback\n- [ ] Rollback not tested",
        "# Rollback\n- [ ] Nobody has tested the rollback",
        "# Rollback\n- [ ] Rollback: tested or not",
        "- [ ] S3 buckets are not public",
        "# Bedrock\n- [ ] Bedrock not used",
        "# Security\n- [ ] GuardDuty isn't enabled",
        "# Security\n- [ ] GuardDuty isn\u2019t enabled",
        "# Lambda\n- [ ] Functions not in the VPC",
        "# Lambda errors\n- [ ] Without dead-letter queues",
        "# CloudTrail\n- [ ] The trail does not cover every region",
        "# Security\n- [ ] KMS key rotation disabled",
        "# Security\n- [ ] GuardDuty is disabled",
        "# Security\n- [ ] GuardDuty (removed)",
        "# Security\n- [ ] KMS keys deleted",
        "# REST API\n- [ ] API Gateway access logs disabled",
        "# REST API\n- [ ] Usage plans cancelled",
        "# DynamoDB\n- [ ] Global tables unused",
        "# Account\n- [ ] MFA of the root account switched off",
        "# DynamoDB\n- [ ] Tables unencrypted",
        "# DynamoDB\n- [ ] Nonencrypted tables",
        "# Rollback\n- [ ] Rollback tests failed",
        "# Lambda\n- [ ] X-Ray tracing inactive",
        "# Alarms tried\n- [ ] Cost alarm off",
        "# DynamoDB\n### Not needed\n- [ ] Global tables",
        "# Security\n**Removed:**\n\n- [ ] GuardDuty is enabled",
    ],
)
def test_a_box_that_says_that_something_is_not_so_means_no_item(box: str) -> None:
    assert items(f"{box}\n") == [None]


@pytest.mark.parametrize(
    ("box", "item"),
    [
        ("# Account\n- [ ] Root account has no access keys", "account.root-mfa"),
        ("# Cost\n- [ ] Nobody pays for idle resources", "cost.unused-resources"),
        ("# Cost\n- [ ] Unused resources are identified and removed", "cost.unused-resources"),
        ("# Redis cache\n- [ ] No public access", "elasticache.private-subnet"),
        ("# Security\n- [ ] Open ports: nothing but 443", "security.security-groups"),
        ("# Launch: nothing is forgotten\n- [ ] GuardDuty is enabled", "security.guardduty"),
        ("# Configuration\n- [ ] GuardDuty is enabled", "security.guardduty"),
    ],
)
def test_what_the_item_itself_says_is_not_so_may_be_said_of_it(box: str, item: str) -> None:
    assert items(f"{box}\n") == [item]


@pytest.mark.parametrize(
    "box",
    [
        "- [ ] ~~CloudTrail enabled in all regions~~ (dropped)",
        "- [ ] ~CloudTrail enabled in all regions~",
        "- [ ] <del>CloudTrail enabled in all regions</del>",
        "# ~~CloudTrail~~\n- [ ] Every region is recorded by the trail",
    ],
)
def test_what_is_struck_through_means_no_item(box: str) -> None:
    assert items(f"{box}\n") == [None]


def test_what_stands_beside_struck_through_text_still_counts() -> None:
    assert items("# DynamoDB\n- [ ] ~~Redis~~ Point-in-time recovery\n") == [
        "dynamodb.point-in-time-recovery"
    ]


@pytest.mark.parametrize(
    "box",
    [
        "# Security\n- [ ] WAF logs enabled",
        "# Security\n- [ ] IAM password policy set",
        "# Account\n- [ ] IAM password policy set",
        "# Security\n- [ ] S3 buckets are private",
        "# Security\n- [ ] Secrets rotated",
        "# Lambda\n- [ ] Lambda cold starts measured",
        "# DynamoDB\n- [ ] TTL costs",
        "# REST API\n- [ ] Client certificates",
    ],
)
def test_what_is_called_nearly_as_an_item_is_no_item(box: str) -> None:
    assert items(f"{box}\n") == [None]


@pytest.mark.parametrize(
    ("box", "item"),
    [
        ("# Security\n- [ ] WAF rules enabled", "security.waf"),
        ("# IAM\n- [ ] Root account has MFA enabled", "account.root-mfa"),
        ("# Cognito\n- [ ] Password policy", "cognito.password-policy"),
        ("# S3\n- [ ] Bucket versioning", "backup.s3-versioning"),
        ("# CloudTrail\n- [ ] S3 bucket is configured", "cloudtrail.bucket"),
    ],
)
def test_a_subject_that_the_item_speaks_of_is_not_held_against_it(box: str, item: str) -> None:
    assert items(f"{box}\n") == [item]


def test_the_second_of_two_boxes_that_mean_one_item_does_not_get_another() -> None:
    text = "# DynamoDB\n- [ ] Point-in-time recovery\n- [ ] PITR, point-in-time recovery again\n"

    assert items(text) == ["dynamodb.point-in-time-recovery", None]


def test_the_surer_of_two_boxes_has_the_item_wherever_it_stands() -> None:
    text = "# CloudTrail\n- [ ] Validation of some log files\n- [ ] Log file validation\n"

    assert items(text) == [None, "cloudtrail.log-validation"]


def test_a_misspelt_word_is_the_one_that_is_meant() -> None:
    assert items("# DynamoDB\n- [ ] Encrypton of all tabels\n") == ["dynamodb.encryption"]


def test_what_stands_in_brackets_does_not_tell() -> None:
    text = "# DynamoDB\n- [ ] Global tables (if the pizza place has a branch abroad)\n"

    assert items(text) == ["dynamodb.global-tables"]


def test_the_document_itself_may_name_the_item() -> None:
    text = (
        "# DynamoDB\n- [ ] Point-in-time recovery\n"
        "- [ ] Our old habit <!-- omnitrack: xray.tracing -->\n"
        "- [ ] Nothing <!-- omnitrack: no.such -->\n"
    )

    assert items(text) == ["dynamodb.point-in-time-recovery", "xray.tracing", None]


def test_an_item_that_the_document_names_is_not_given_to_another_box() -> None:
    text = (
        "# DynamoDB\n- [ ] Point-in-time recovery\n"
        "- [ ] The pizza <!-- omnitrack: dynamodb.point-in-time-recovery -->\n"
    )

    assert items(text) == [None, "dynamodb.point-in-time-recovery"]


def test_a_box_that_heads_others_means_what_they_mean_together_and_no_item() -> None:
    assert items("- [ ] CloudTrail\n  - [ ] Multi-region trail\n") == ["cloudtrail.multi-region"]


def test_the_words_are_of_items_and_sections_that_exist() -> None:
    words, checklist = load_yaml(matching._WORDS), load_checklist()

    assert list(words["items"]) == list(checklist.items)
    assert list(words["sections"]) == list(checklist.sections)
