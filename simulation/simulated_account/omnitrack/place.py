"""Where OmniTrack's production is, and how its resources are named."""

from __future__ import annotations

__all__ = [
    "ACCOUNT_ID",
    "REGION",
    "REPLICA_REGION",
    "STACK",
    "Fault",
    "arn",
]

Fault = tuple[str, str, str]
"""Item of the checklist, resource, fault."""

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
REPLICA_REGION = "us-west-2"
STACK = "omnitrack-ai"


def arn(service: str, resource: str, region: str = REGION) -> str:
    """The ARN of a resource of this account; global services have no region."""
    return f"arn:aws:{service}:{region}:{ACCOUNT_ID}:{resource}"
