"""The fixed responses for the measured clients."""

from __future__ import annotations

import urllib.request
import uuid
from base64 import b64encode
from typing import Any

import orjson

from clickhouse_cloud_async.emulator import Emulator

from .places import FLEETS, SERVICE, SERVICE_PATH, list_path

_TEMPLATES = 40


def answers() -> dict[str, bytes]:
    """The body at each path: one service, and the list of each fleet."""
    templates = _services()
    bodies = {SERVICE_PATH: _envelope({**templates[0], "id": SERVICE})}
    for size in FLEETS:
        services = [_copy(templates[index % _TEMPLATES], index) for index in range(size)]
        bodies[list_path(size)] = _envelope(services)
    return bodies


def _copy(template: dict[str, Any], index: int) -> dict[str, Any]:
    own = str(uuid.UUID(int=index, version=4))
    return {**template, "id": own, "dataWarehouseId": own, "name": f"service-{index:05}"}


def _envelope(result: object) -> bytes:
    request = "0b5e55ed-0000-4000-8000-000000000000"
    return orjson.dumps({"status": 200, "requestId": request, "result": result})


def _services() -> list[dict[str, Any]]:
    """Return services like those of the emulator, with every field of the contract."""
    with Emulator(services=_TEMPLATES) as emulator:
        pair = f"{emulator.api_key}:{emulator.api_secret}".encode()
        request = urllib.request.Request(
            f"{emulator.url}/v1/organizations/{emulator.organization_id}/services",
            headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
        )
        with urllib.request.urlopen(request) as answer:
            services: list[dict[str, Any]] = orjson.loads(answer.read())["result"]
    return services
