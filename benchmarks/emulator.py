"""The speed of the emulator, compared with bare aiohttp.web handlers.

A simple GET is a service out of a small organisation, beside a handler that returns the same
body. A long list is that of 5,000 services, beside a handler that encodes it for each answer. An
emulator with engines behind its services, which nothing queries, is compared with one without.

Each server is a process of its own. The load goes over a few connections that are kept, one
request after the other on each, and answers are read without being decoded, so that the server
is what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import multiprocessing
import os
import time
from typing import TYPE_CHECKING

import attrs
import orjson

from .report import Row
from .runner import CLIENT_CORE, SERVER_CORE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from .runner import Scale

SERVICES = 5_000
KEY, SECRET = "bench", "bench-secret"
CONNECTIONS = 8


@attrs.frozen
class Target:
    """A server to measure.

    Args:
        port: Where it listens on the loopback address.
        path: What is asked for.
    """

    port: int
    path: str

    @property
    def request(self) -> bytes:
        """The request as bytes."""
        credential = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        lines = (
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Basic {credential}",
            "Accept: application/json",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Asker(asyncio.Protocol):
    """Sends a number of requests on one connection."""

    def __init__(self, request: bytes, times: int) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._request = request
        self._left = times
        self._missing = 0
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            head, separator, body = self._head.partition(b"\r\n\r\n")
            if not separator:
                return
            assert head.startswith(b"HTTP/1.1 200"), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self._missing, self._head = int(length) - len(body), b""
        if self._missing == 0:
            self._left -= 1
            if self._left:
                self._transport.write(self._request)
            else:
                self._transport.close()
                self.done.set_result(None)


async def _seconds(target: Target, requests: int) -> float:
    """Return the seconds for a number of requests, spread evenly over connections."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    askers = [
        (
            await loop.create_connection(
                lambda: _Asker(target.request, requests // CONNECTIONS), "127.0.0.1", target.port
            )
        )[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(asker.done for asker in askers))
    return time.perf_counter() - began


def _emulate(services: int, told: Connection, *, sql: bool = False) -> None:
    from clickhouse_cloud_async.emulator import Emulator

    async def serve() -> None:
        emulator = Emulator(services, api_key=KEY, api_secret=SECRET, kept_requests=1_000, sql=sql)
        async with emulator:
            told.send((int(emulator.url.rpartition(":")[2]), emulator.organization_id))
            await asyncio.to_thread(told.recv)

    asyncio.run(serve())


def _emulate_with_sql(services: int, told: Connection) -> None:
    _emulate(services, told, sql=True)


def _serve_bare(body: bytes, told: Connection) -> None:
    """Serve a body at ``/fixed``, and encode its value for each response at ``/encoded``."""
    from aiohttp import web

    value = orjson.loads(body)

    async def fixed(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def encoded(_request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(value), content_type="application/json")

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/fixed", fixed)
        app.router.add_get("/encoded", encoded)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        told.send(runner.addresses[0][1])
        await asyncio.to_thread(told.recv)
        await runner.cleanup()

    asyncio.run(serve())


async def _body(target: Target) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(target.request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


@attrs.frozen
class _Process:
    """A server in a process of its own."""

    process: BaseProcess
    line: Connection

    @classmethod
    def start(cls, serve: object, argument: object) -> _Process:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(argument, theirs))  # type: ignore[arg-type] # one of the two above
        process.start()
        assert process.pid is not None, "it was started"
        os.sched_setaffinity(process.pid, {SERVER_CORE})
        return cls(process, ours)

    def stop(self) -> None:
        self.line.send(None)
        self.process.join()


def measure(scale: Scale) -> list[Row]:
    """Measure the emulator and the bare handlers in turn."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    try:
        return [
            Row(
                "emulator: get of a service",
                "requests/s",
                *_rates(scale, 12, scale.calls(8_000, CONNECTIONS), "fixed"),
                mark=0.5,
                at_least=True,
            ),
            Row(
                f"emulator: list of {SERVICES:,} services",
                "requests/s",
                *_rates(scale, SERVICES, scale.calls(32, CONNECTIONS), "encoded"),
                mark=round(1 / 1.5, 3),
                at_least=True,
            ),
            _compare_with_sql(scale),
        ]
    finally:
        os.sched_setaffinity(0, allowed)


def _compare_with_sql(scale: Scale) -> Row:
    """Compare the API of an emulator whose services answer SQL with that of another one."""
    requests = scale.calls(8_000, CONNECTIONS)
    processes = [_Process.start(serve, 12) for serve in (_emulate_with_sql, _emulate)]
    with_sql, without = (_service_of(process) for process in processes)
    rates = _in_turn(scale, requests, (without, with_sql))
    for process in processes:
        process.stop()
    case = "emulator with SQL: get of a service"
    return Row(case, "requests/s", rates[with_sql], "without", rates[without], 0.9, at_least=True)


def _rates(
    scale: Scale, services: int, requests: int, kind: str
) -> tuple[list[float], str, list[float]]:
    """Return responses per second of the emulator, and of a bare handler with the same body."""
    emulator = _Process.start(_emulate, services)
    ours = _service_of(emulator) if kind == "fixed" else _list_of(emulator)
    bare = _Process.start(_serve_bare, asyncio.run(_body(ours)))
    theirs = Target(bare.line.recv(), f"/{kind}")
    rates = _in_turn(scale, requests, (theirs, ours))
    for process in (bare, emulator):
        process.stop()
    return rates[ours], "a bare handler", rates[theirs]


def _list_of(emulator: _Process) -> Target:
    """Return the list of services of an emulator that has started."""
    port, organization = emulator.line.recv()
    return Target(port, f"/v1/organizations/{organization}/services")


def _service_of(emulator: _Process) -> Target:
    """Return the first service of an emulator that has started."""
    listed = _list_of(emulator)
    services = orjson.loads(asyncio.run(_body(listed)))["result"]
    return attrs.evolve(listed, path=f"{listed.path}/{services[0]['id']}")


def _in_turn(
    scale: Scale, requests: int, targets: tuple[Target, Target]
) -> dict[Target, list[float]]:
    """Return responses per second of each round."""
    rates: dict[Target, list[float]] = {target: [] for target in targets}
    for _ in range(scale.rounds):
        for target, measured in rates.items():
            measured.append(requests / asyncio.run(_seconds(target, requests)))
    return rates
