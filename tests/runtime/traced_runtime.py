"""AWS's runtime client as Lambda starts it, with the trace that its emulator does not hand on.

Without one X-Ray's client takes every invocation for the function's start, and sends nothing.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from awslambdaric.__main__ import main
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

_next = LambdaRuntimeClient.wait_next_invocation


def _traced(client: LambdaRuntimeClient) -> Any:
    invocation = _next(client)
    invocation.x_amzn_trace_id = os.environ["TRACE_ID"]
    return invocation


LambdaRuntimeClient.wait_next_invocation = _traced
main(sys.argv)
