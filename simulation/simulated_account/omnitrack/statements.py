"""What OmniTrack's people stated: most of what they must, on time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulated_account.omnitrack.place import arn

if TYPE_CHECKING:
    from simulated_account.omnitrack.place import Fault

_LEAD, _MANAGER, _ENGINEER = "devops-lead", "engineering-manager", "on-call-engineer"
_WIKI = "https://wiki.omnitrack.example"

# Item, who states it, days ago, valid days, what it rests on: a page of the wiki, or a value.
_VALID: tuple[tuple[str, str, int, int, str | tuple[float, str]], ...] = (
    ("security.waf", _LEAD, 40, 180, "waf-tests"),
    ("websocket-api.message-size", _ENGINEER, 100, 365, (32, "KB")),
    ("websocket-api.idle-timeout", _ENGINEER, 100, 365, (9, "minutes")),
    ("backup.restore-tested", _LEAD, 30, 180, "restore-drill"),
    ("disaster-recovery.rto", _LEAD, 60, 365, (4, "hours")),
    ("disaster-recovery.rpo", _LEAD, 60, 365, (24, "hours")),
    ("disaster-recovery.plan", _LEAD, 60, 365, "dr-plan"),
    ("disaster-recovery.procedures-tested", _LEAD, 60, 180, "dr-exercise"),
    ("cost.cost-explorer", _MANAGER, 12, 31, "cost-review"),
    ("cost.reserved-capacity", _MANAGER, 90, 180, "capacity-decision"),
    ("cost.savings-plans", _MANAGER, 90, 180, "savings-decision"),
    ("governance.gdpr", _MANAGER, 120, 365, "gdpr"),
    ("governance.hipaa", _MANAGER, 120, 365, "hipaa"),
    ("governance.data-retention", _MANAGER, 120, 365, "retention-policy"),
    ("functional-testing.api-endpoints", _ENGINEER, 6, 90, "pipeline"),
    ("functional-testing.websocket", _ENGINEER, 6, 90, "pipeline"),
    ("functional-testing.authentication", _ENGINEER, 6, 90, "pipeline"),
    ("functional-testing.authorization", _ENGINEER, 6, 90, "pipeline"),
    ("functional-testing.error-handling", _ENGINEER, 6, 90, "pipeline"),
    ("performance-testing.load", _ENGINEER, 50, 180, "load-test"),
    ("performance-testing.stress", _ENGINEER, 50, 180, "stress-test"),
    ("performance-testing.auto-scaling", _ENGINEER, 50, 180, "scaling-test"),
    ("security-testing.owasp", _LEAD, 80, 365, "owasp-review"),
    ("security-testing.input-validation", _ENGINEER, 80, 180, "input-tests"),
    ("dashboards.shared", _LEAD, 100, 365, "dashboards"),
    ("technical-docs.architecture", _LEAD, 70, 180, "architecture"),
    ("technical-docs.api", _LEAD, 70, 180, "api"),
    ("technical-docs.deployment", _LEAD, 70, 180, "deployment"),
    ("technical-docs.troubleshooting", _LEAD, 70, 180, "troubleshooting"),
    ("technical-docs.runbook", _LEAD, 70, 180, "runbook"),
    ("operational-docs.on-call", _LEAD, 70, 180, "on-call"),
    ("operational-docs.slo", _LEAD, 70, 365, (99.9, "percent")),
    ("operational-docs.incident-response", _LEAD, 70, 180, "incidents"),
    ("training.monitoring", _MANAGER, 150, 365, "training"),
    ("training.deployment", _MANAGER, 150, 365, "training"),
    ("training.troubleshooting", _MANAGER, 150, 365, "training"),
    ("access.aws-access", _LEAD, 20, 90, "access-review"),
    ("communication.go-live-notice", _MANAGER, 160, 365, "go-live"),
    ("communication.maintenance-window", _MANAGER, 160, 365, "maintenance"),
    ("communication.status-page", _MANAGER, 30, 90, "status"),
    ("communication.users", _MANAGER, 160, 365, "notice"),
    ("rollback.documented", _LEAD, 70, 180, "rollback"),
    ("rollback.tested", _LEAD, 40, 180, "rollback-drill"),
    ("rollback.database-migration", _LEAD, 70, 180, "migrations"),
    ("optimization.performance-metrics", _LEAD, 18, 31, "performance-review"),
    ("feedback.users", _MANAGER, 40, 90, "feedback"),
    ("feedback.support-tickets", _MANAGER, 20, 31, "tickets"),
    ("feedback.improvements", _MANAGER, 40, 90, "improvements"),
    ("feedback.next-iteration", _MANAGER, 40, 90, "roadmap"),
)
_EXPIRED = (
    ("operational-docs.escalation", _LEAD, 200, 180, "escalation"),
    ("access.on-call-rotation", _LEAD, 95, 90, "rotation"),
)
_REVOKED = ("functional-testing.rate-limiting", _ENGINEER, 30, 90, "pipeline")
_MISSING = ("governance.soc2", "security-testing.penetration", "training.incident-response")

ACCEPTED_FAULTS: frozenset[Fault] = frozenset(
    {
        (
            "cloudwatch.log-retention",
            arn("logs", "log-group:/aws/apigateway/omnitrack-admin-api/access"),
            "too-long",
        )
    }
)
"""What offends and was accepted: it fails nothing and passes nothing."""

ENDING_FAULT: Fault = (
    "lambda-errors.log-retention",
    arn("logs", "log-group:/aws/lambda/omnitrack-report-exporter"),
    "too-short",
)
"""What `ending` accepts for a moment only."""

FAULTS: frozenset[Fault] = frozenset(
    {
        *((item, f"attestation:{item}", "missing") for item in _MISSING),
        *((item, f"attestation:{item}", "expired") for item, *_ in _EXPIRED),
        (_REVOKED[0], f"attestation:{_REVOKED[0]}", "revoked"),
    }
)


def stated(now: datetime) -> dict[str, Any]:
    """All statements as a document that `compliance import` takes."""
    return {
        "schema_version": 1,
        "attestations": [_attestation(now, *each) for each in (*_VALID, *_EXPIRED, _REVOKED)],
        "exceptions": [
            _exception(
                fault,
                at=now - timedelta(days=3),
                until=now + timedelta(days=20),
                reason="the auditors need two years of the admin API's access until their visit",
            )
            for fault in sorted(ACCEPTED_FAULTS)
        ],
        "revocations": [
            {
                "item": _REVOKED[0],
                "by": _ENGINEER,
                "at": _instant(now - timedelta(days=2)),
                "reason": "2 tests of 41 failed, test_burst among them (junit.xml)",
            }
        ],
    }


def ending(now: datetime, until: datetime) -> dict[str, Any]:
    """One more exception as such a document, which ends at `until`."""
    reason = "a test of the exporter, over in a moment"
    made = _exception(ENDING_FAULT, at=now - timedelta(days=3), until=until, reason=reason)
    return {"schema_version": 1, "exceptions": [made]}


def _exception(fault: Fault, *, at: datetime, until: datetime, reason: str) -> dict[str, Any]:
    item, resource, code = fault
    return {
        "item": item,
        "by": _MANAGER,
        "at": _instant(at),
        "until": _instant(until),
        "resource": resource,
        "faults": [code],
        "reason": reason,
    }


def _attestation(
    now: datetime, item: str, by: str, ago: int, valid: int, shown: str | tuple[float, str]
) -> dict[str, Any]:
    at = now - timedelta(days=ago)
    evidence: dict[str, Any]
    if isinstance(shown, str):
        evidence = {"link": f"{_WIKI}/{shown}"}
    else:
        evidence = {"value": {"number": shown[0], "unit": shown[1]}}
    return {
        "item": item,
        "by": by,
        "at": _instant(at),
        "valid_until": _instant(at + timedelta(days=valid)),
        "evidence": evidence,
    }


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
