"""Records of what is scanned, probed, traced and advised, good and bad ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from example_alarms import ACCOUNT, FUNCTION
from records import NOW

from compliance.facts.contacts import AlternateContact
from compliance.facts.inspector import Finding, Scan
from compliance.facts.models import FoundationModel, ModelAvailability
from compliance.facts.probes import ProbeAnswer
from compliance.facts.recommendations import FunctionRecommendation, OptimizerEnrollment
from compliance.facts.traces import SamplingRule, TracedService

_OTHER = FUNCTION.arn.replace("orders", "other")
_MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
_RULE = f"arn:aws:xray:us-east-1:{ACCOUNT}:sampling-rule"

POOL: Mapping[str, Sequence[Any]] = {
    "scans": [Scan("EC2", "DISABLED"), Scan("ECR", "ENABLED"), Scan("LAMBDA", "ENABLING")],
    "critical_findings": [
        Finding(FUNCTION.arn, "CVE-1", "CVE-1 - a", NOW - timedelta(days=30)),
        Finding(FUNCTION.arn, "CVE-1", "CVE-1 - b", NOW - timedelta(days=40)),
        Finding(FUNCTION.arn, "CVE-2", "CVE-2 - a", NOW - timedelta(days=2)),
        Finding(_OTHER, "CVE-1", "CVE-1 - a", NOW - timedelta(days=8)),
    ],
    "probe_answers": [
        ProbeAnswer("https://a.example", 200, {"x-content-type-options": "sniff"}),
        ProbeAnswer("https://b.example/", 301, location="https://c.example/x"),
        ProbeAnswer("https://c.example/x", 302, location="https://b.example"),
    ],
    "alternate_contacts": [
        AlternateContact("BILLING", "Billing", "billing@omnitrack.example", "+1 202 555 0142"),
        AlternateContact("SECURITY", "TBD", "security@omnitrack.example", "+1-XXX-XXX-XXXX"),
    ],
    "model_availability": [
        ModelAvailability(_MODEL, "PENDING", authorized=False, entitled=False, in_region=False)
    ],
    "foundation_models": [
        FoundationModel(_MODEL, "LEGACY", NOW, ends_at=NOW + timedelta(days=180))
    ],
    "optimizer_enrollment": [OptimizerEnrollment("Active")],
    "function_recommendations": [
        FunctionRecommendation(FUNCTION.arn, "NotOptimized", 1024, 512, 20.0),
        FunctionRecommendation(FUNCTION.arn, "NotOptimized", 1024, 256, 30.0),
        FunctionRecommendation(_OTHER, "NotOptimized", 128, 256),
        FunctionRecommendation(f"{_OTHER}-2", "Optimized", 128),
        FunctionRecommendation(f"{_OTHER}-3", "Unavailable", 128),
    ],
    "sampling_rules": [
        SamplingRule(f"{_RULE}/Default", "Default", 0.05, 1),
        SamplingRule(f"{_RULE}/health", "health", 0.0, 0),
    ],
    "service_graph": [
        TracedService("omnitrack-api/prod", "client"),
        TracedService("omnitrack-api/prod", "AWS::ApiGateway::Stage"),
        TracedService("omnitrack-copilot-message", "remote"),
        TracedService("omnitrack-copilot-message", "AWS::Lambda::Function"),
    ],
}
RESOURCE_OF: Mapping[str, Any] = {
    "probe_answers": lambda answer: answer.url,
    "alternate_contacts": lambda contact: f"alternate-contact:{contact.kind}",
}
