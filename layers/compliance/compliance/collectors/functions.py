"""AWS Lambda."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.functions import Function
from compliance.registry import Read, collector

LIST_FUNCTIONS = Read("lambda", "ListFunctions")


@collector(LIST_FUNCTIONS)
def functions(reader: Reader) -> Iterator[Function]:
    """Every function in the region with its unpublished configuration, 50 a page."""
    for page in reader.pages(LIST_FUNCTIONS, MaxItems=50):
        for function in page["Functions"]:
            name = function["FunctionName"]
            logging = function.get("LoggingConfig", {})
            yield Function(
                arn=function["FunctionArn"],
                name=name,
                log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
            )
