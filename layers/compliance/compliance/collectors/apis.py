"""Amazon API Gateway, both generations."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.collectors.reader import Reader
from compliance.facts.apis import Api
from compliance.registry import Read, collector

GET_REST_APIS = Read("apigateway", "GetRestApis", ("apigateway:GET",))
GET_APIS = Read("apigatewayv2", "GetApis", ("apigateway:GET",))


@collector(GET_REST_APIS)
def rest_apis(reader: Reader) -> Iterator[Api]:
    """Every REST API in the region, 500 a page."""
    where = reader.identity
    for page in reader.pages(GET_REST_APIS, limit=500):
        for api in page.get("items", ()):
            arn = f"arn:{where.partition}:apigateway:{where.region}::/restapis/{api['id']}"
            yield Api(arn, api["id"], api["name"], "REST")


@collector(GET_APIS)
def http_and_websocket_apis(reader: Reader) -> Iterator[Api]:
    """Every HTTP and every WebSocket API in the region."""
    where = reader.identity
    for page in reader.pages(GET_APIS, MaxResults="500"):
        for api in page.get("Items", ()):
            arn = f"arn:{where.partition}:apigateway:{where.region}::/apis/{api['ApiId']}"
            yield Api(arn, api["ApiId"], api["Name"], api["ProtocolType"])
