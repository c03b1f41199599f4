"""How Amazon Bedrock names a model, and the inference profiles that lead to it."""

from __future__ import annotations

import re

__all__ = ["model_id_of"]

# The geographies that AWS routes within; a provider's name is never one of them.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
_GEOGRAPHY = re.compile(r"^(?:global|us-gov|apac|[a-z]{2})\.(?=[a-z0-9-]+\.)")


def model_id_of(model: str) -> str:
    """The model behind a model id, the id of a cross-region inference profile, or an ARN of either.

    >>> model_id_of("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    'anthropic.claude-sonnet-4-5-20250929-v1:0'
    >>> model_id_of("zai.glm-4.7")
    'zai.glm-4.7'
    """
    return _GEOGRAPHY.sub("", model.rpartition("/")[2])
