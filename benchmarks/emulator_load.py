"""How fast the emulator answers: ``python -m benchmarks.emulator_load``.

It is measured beside bare aiohttp.web handlers, in two cases. A simple GET: a service out of a
small organisation, beside a handler that returns the same body; at least half as many answers in
a second are wanted. A long list: 5,000 services, beside a handler that encodes the same list for
each answer; at most 1.5 times its time is wanted.

Each server is a process of its own. The client sends over a few connections that it keeps, one
request after the other on each, and reads answers without decoding them, so that the server is
what is measured. Servers are asked in turn; medians of several rounds count.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import statistics
import time
from typing import TYPE_CHECKING

import attrs
import orjson

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SERVICES = 5_000
KEY, SECRET = "bench", "bench-secret"
CONNECTIONS = 16


@attrs.frozen
class Target:
    """A server to ask.

    Args:
        port: Where it listens on the loopback address.
        path: What is asked for.
    """

    port: int
    path: str

    @property
    def request(self) -> bytes:
        """The request as it is sent."""
        credential = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        lines = (
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Basic {credential}",
            "Accept: application/json",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Asker(asyncio.Protocol):
    """Asks again and again on one connection until it has asked often enough."""

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


async def _seconds(target: Target, requests: int, connections: int) -> float:
    """How long it takes to ask that often."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    askers = [
        (
            await loop.create_connection(
                lambda: _Asker(target.request, requests // connections), "127.0.0.1", target.port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(asker.done for asker in askers))
    return time.perf_counter() - began


def _emulate(services: int, told: Connection) -> None:
    from clickhouse_cloud_async.emulator import Emulator

    async def serve() -> None:
        emulator = Emulator(services, api_key=KEY, api_secret=SECRET, kept_requests=1_000)
        async with emulator:
            told.send((int(emulator.url.rpartition(":")[2]), emulator.organization_id))
            await asyncio.to_thread(told.recv)

    asyncio.run(serve())


def _serve_bare(body: bytes, told: Connection) -> None:
    """Serve a body at ``/fixed``, and encode its value for each answer at ``/encoded``."""
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
    """A server in a process of its own, which ends when told."""

    process: multiprocessing.process.BaseProcess
    line: Connection

    @classmethod
    def start(cls, serve: object, argument: object) -> _Process:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(argument, theirs))  # type: ignore[arg-type] # one of the two above
        process.start()
        return cls(process, ours)

    def stop(self) -> None:
        self.line.send(None)
        self.process.join()


def _compare(name: str, ours: Target, bare: Target, requests: int, rounds: int) -> float:
    """Ask both in turn and print what came out; the ratio of the times is returned."""
    connections = min(CONNECTIONS, requests)
    times: dict[Target, list[float]] = {ours: [], bare: []}
    for _ in range(rounds):
        for target in (bare, ours):
            times[target].append(asyncio.run(_seconds(target, requests, connections)))
    medians = [statistics.median(times[target]) for target in (ours, bare)]
    ratio = medians[0] / medians[1]
    print(
        f"{name:24} emulator {requests / medians[0]:9,.0f}/s   bare {requests / medians[1]:9,.0f}/s"
        f"   time ratio {ratio:.2f}"
    )
    return ratio


def main() -> None:
    """Measure both cases and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    options = parser.parse_args()
    rounds, simple, long = (1, 320, 2) if options.quick else (options.rounds, 8_000, 24)

    for name, services, requests, kind, mark in (
        ("simple GET", 12, simple, "fixed", 2.0),
        (f"list of {SERVICES:,} services", SERVICES, long, "encoded", 1.5),
    ):
        emulator = _Process.start(_emulate, services)
        port, organization = emulator.line.recv()
        path = f"/v1/organizations/{organization}/services"
        listed = asyncio.run(_body(Target(port, path)))
        if kind == "fixed":
            path += f"/{orjson.loads(listed)['result'][0]['id']}"
        ours = Target(port, path)
        bare = _Process.start(_serve_bare, asyncio.run(_body(ours)))
        ratio = _compare(name, ours, Target(bare.line.recv(), f"/{kind}"), requests, rounds)
        print(f"{'':24} wanted: at most {mark}{'' if ratio <= mark else '  missed'}")
        for process in (bare, emulator):
            process.stop()


if __name__ == "__main__":
    main()
