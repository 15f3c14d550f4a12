"""Writes all responses of an emulator to every walk, also with faults, as a program."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

import aiohttp
import attrs

from clickhouse_cloud_async.emulator import (
    ConnectionReset,
    Emulator,
    ErrorResponse,
    FailedTransition,
    Latency,
    LostResponse,
    RequestLimit,
)

from .client import Answer, Api
from .walks import SEED, SERVICES, load_walks

TURNS = 60


def _write(*things: object) -> None:
    sys.stdout.write(" ".join(map(str, things)) + "\n")


@attrs.frozen
class WritingApi(Api):
    """Writes each answer, but for the port that the emulator listens on."""

    async def __call__(self, method: str, path: str, *rest: Any, **options: Any) -> Answer:
        """Send a request and write what came back."""
        try:
            answer = await super().__call__(method, path, *rest, **options)
        except aiohttp.ClientConnectionError as problem:
            _write(method, path, type(problem).__name__)
            raise
        headers = {n: v for n, v in answer.headers.items() if n != "Content-Length"}
        line = json.dumps([method, path, answer.status, headers, answer.text])
        _write(line.replace(self.emulator.url.removeprefix("http://"), "HOST"))
        return answer


async def walk() -> None:
    """Go every walk."""
    for go in load_walks().values():
        emulator = Emulator(SERVICES, time_scale=0, seed=SEED)
        async with emulator, aiohttp.ClientSession() as session:
            await go(WritingApi(emulator, session))


async def suffer() -> None:
    """Start and stop services while everything goes wrong now and then."""
    emulator = Emulator(8, time_scale=0, seed=SEED, rate_limit=RequestLimit(10, per=10))
    for fault in (
        ErrorResponse(503),
        ConnectionReset(),
        LostResponse(),
        Latency(0.001, "exponential"),
    ):
        emulator.faults.add(fault, probability=0.15)
    emulator.faults.add(ErrorResponse(502), resource="etl-prod", probability=0.3)
    emulator.faults.add(ErrorResponse(501), operation="instanceGetList", count=2)
    emulator.faults.add(FailedTransition("degraded"), probability=0.4)
    # A connection that is used again would make the client send what was lost once more.
    connector = aiohttp.TCPConnector(force_close=True)
    async with emulator, aiohttp.ClientSession(connector=connector) as session:
        api = WritingApi(emulator, session)
        organization = emulator._organization(emulator.organization_id)
        services = list(organization.collection("services"))
        for turn in range(TURNS):
            path = f"/services/{services[turn % len(services)]}"
            command = ("start", "stop", "awake")[turn % 3]
            requests = [("PATCH", f"{path}/state"), ("GET", path), ("GET", "/services")]
            for method, place in requests:
                body = {"command": command} if method == "PATCH" else None
                with suppress(aiohttp.ClientConnectionError):
                    await api(method, place, body, checked=False)
            await emulator.advance(seconds=25)
        _write([added.happened for added in emulator.faults])
        for request in emulator.requests:
            _write(request.operation_id, request.status, request.elapsed, request.faults)


if __name__ == "__main__":
    asyncio.run(walk())
    asyncio.run(suffer())
