"""CBOR (RFC 8949), as far as AWS's smithy-rpc-v2-cbor protocol uses it.

Newer SDKs speak it to CloudWatch, and moto does not understand it.
"""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from typing import Any

from botocore.parsers import RpcV2CBORParser

_FLOAT64 = 0xFB
_EPOCH_SECONDS_TAG = 0xC1
_SIMPLE = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
_LARGEST_IN_HEAD = 24
_SIZES = ((0x18, ">B", 1 << 8), (0x19, ">H", 1 << 16), (0x1A, ">I", 1 << 32), (0x1B, ">Q", 1 << 64))


def decode(data: bytes) -> Any:
    """Timestamps become aware datetimes in UTC."""
    stream = io.BufferedReader(io.BytesIO(data))
    return _in_utc(RpcV2CBORParser().parse_data_item(stream))


def _in_utc(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_utc(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_utc(item) for item in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def encode(value: Any) -> bytes:
    """Members that are None are left out, as the protocol demands of absent ones."""
    match value:
        case None | bool():
            return _SIMPLE[value]
        case int():
            encoded = _head(0, value) if value >= 0 else _head(1, -1 - value)
        case float():
            encoded = struct.pack(">Bd", _FLOAT64, value)
        case datetime():
            encoded = bytes([_EPOCH_SECONDS_TAG]) + encode(value.timestamp())
        case bytes():
            encoded = _head(2, len(value)) + value
        case str():
            encoded = _head(3, len(value.encode())) + value.encode()
        case list() | tuple():
            encoded = _head(4, len(value)) + b"".join(map(encode, value))
        case dict():
            present = {key: item for key, item in value.items() if item is not None}
            pairs = b"".join(encode(key) + encode(item) for key, item in present.items())
            encoded = _head(5, len(present)) + pairs
        case _:
            message = f"CBOR of AWS has no {type(value).__name__}"
            raise TypeError(message)
    return encoded


def _head(major_type: int, argument: int) -> bytes:
    if argument < _LARGEST_IN_HEAD:
        return bytes([major_type << 5 | argument])
    for additional, layout, limit in _SIZES:
        if argument < limit:
            return bytes([major_type << 5 | additional]) + struct.pack(layout, argument)
    message = f"{argument} does not fit into 64 bits"
    raise OverflowError(message)
