"""What it costs to turn an answer into models."""

from __future__ import annotations

import time
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.core.answers import read_result
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.transport import Request, Response
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.models import Service

from .report import Row, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 41


def rows() -> list[Row]:
    """A list of 1,000 services, against parsing the same bytes alone."""
    body = _service_list(1000)
    operation = Operation[list[Service]](
        id="instanceGetList", method="GET", path="/", result=list[Service], envelope="result"
    )
    request = Request(operation.id, operation.method, operation.path, "", None)
    response = Response(200, {}, body)
    ours, floor = in_turn(
        lambda: _seconds(lambda: read_result(operation, request, response)),
        lambda: _seconds(lambda: orjson.loads(body)),
        ROUNDS,
    )
    return [Row("decode a list of 1,000 services", ours, "orjson.loads", floor, 3.0)]


def _service_list(count: int) -> bytes:
    with Emulator(services=count) as emulator:
        pair = f"{emulator.api_key}:{emulator.api_secret}".encode()
        request = urllib.request.Request(
            f"{emulator.url}/v1/organizations/{emulator.organization_id}/services",
            headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
        )
        with urllib.request.urlopen(request) as answer:
            body: bytes = answer.read()
    return body


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
