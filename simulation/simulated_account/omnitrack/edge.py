"""What is scanned and traced, the model that is called, advice on memory, AWS's contacts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from simulated_account.omnitrack.place import ACCOUNT_ID, REGION, Fault, arn

if TYPE_CHECKING:
    from datetime import datetime

    from simulated_account.account import SimulatedAccount

_MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
_VULNERABLE = arn("lambda", "function:omnitrack-document-parser")
_VULNERABILITY = "CVE-2023-50447"
_OVERSIZED = arn("lambda", "function:omnitrack-report-builder")

FAULTS: frozenset[Fault] = frozenset(
    {
        ("security-testing.vulnerability-scan", _VULNERABLE, f"critical:{_VULNERABILITY}"),
        ("operational-docs.contacts", "alternate-contact:BILLING", "missing"),
        (
            "bedrock.access-approved",
            f"arn:aws:bedrock:{REGION}::foundation-model/{_MODEL}",
            "legacy",
        ),
        ("optimization.lambda-memory", _OVERSIZED, "oversized"),
    }
)


def seed(account: SimulatedAccount, now: datetime) -> None:
    """Ages are counted from `now`."""
    _scan(account, now)
    _name_contacts(account)
    account.data.bedrock.add_model(
        REGION,
        _MODEL,
        lifecycle={
            "status": "LEGACY",
            "legacyTime": now - timedelta(days=75),
            "publicExtendedAccessTime": now + timedelta(days=15),
            "endOfLifeTime": now + timedelta(days=105),
        },
    )
    _advise(account)
    _trace(account, now)


def _scan(account: SimulatedAccount, now: datetime) -> None:
    """One finding was left open, one is new, one was judged harmless."""
    account.client("inspector2").enable(
        accountIds=[ACCOUNT_ID], resourceTypes=["ECR", "LAMBDA", "LAMBDA_CODE"]
    )
    found = account.data.inspector2
    found.add_finding(
        REGION,
        f"{_VULNERABLE}:$LATEST",
        now - timedelta(days=19),
        title=f"{_VULNERABILITY} - pillow",
        packageVulnerabilityDetails={"vulnerabilityId": _VULNERABILITY, "source": "NVD"},
    )
    found.add_finding(
        REGION,
        arn("lambda", "function:omnitrack-report-exporter:$LATEST"),
        now - timedelta(days=2),
        title=f"{_VULNERABILITY} - pillow",
        packageVulnerabilityDetails={"vulnerabilityId": _VULNERABILITY, "source": "NVD"},
    )
    found.add_finding(
        REGION,
        arn("lambda", "function:omnitrack-carrier-webhook:$LATEST"),
        now - timedelta(days=60),
        title="CVE-2022-42969 - py",
        status="SUPPRESSED",
        packageVulnerabilityDetails={"vulnerabilityId": "CVE-2022-42969", "source": "NVD"},
    )


def _name_contacts(account: SimulatedAccount) -> None:
    for kind, mailbox, title in (
        ("OPERATIONS", "oncall", "On-call engineer"),
        ("SECURITY", "security", "Security team"),
    ):
        account.client("account").put_alternate_contact(
            AlternateContactType=kind,
            Name=title,
            Title=title,
            EmailAddress=f"{mailbox}@omnitrack.example",
            PhoneNumber="+1 202 555 0142",
        )


def _advise(account: SimulatedAccount) -> None:
    account.client("compute-optimizer").update_enrollment_status(status="Active")
    advise = account.data.compute_optimizer.advise
    advise(REGION, _OVERSIZED, 512, "NotOptimized", recommended_mb=256, saving_usd=14.2)
    advise(REGION, arn("lambda", "function:omnitrack-copilot-message"), 1024)
    advise(
        REGION,
        arn("lambda", "function:omnitrack-ws-broadcast"),
        512,
        "NotOptimized",
        recommended_mb=384,
        saving_usd=0.9,
    )
    advise(REGION, arn("lambda", "function:omnitrack-quarterly-archiver"), 256, "Unavailable")


def _trace(account: SimulatedAccount, now: datetime) -> None:
    account.client("xray").create_sampling_rule(
        SamplingRule={
            "RuleName": "omnitrack-copilot",
            "ResourceARN": "*",
            "Priority": 100,
            "FixedRate": 0.2,
            "ReservoirSize": 5,
            "ServiceName": "omnitrack-copilot-*",
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": "*",
            "URLPath": "*",
            "Version": 1,
        }
    )
    for name, kind in (
        ("omnitrack-api/prod", "client"),
        ("omnitrack-api/prod", "AWS::ApiGateway::Stage"),
        ("omnitrack-api-shipments", "AWS::Lambda::Function"),
        ("omnitrack-copilot-message", "AWS::Lambda::Function"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "remote"),
    ):
        account.data.xray.see(REGION, name, kind, now - timedelta(hours=2))
