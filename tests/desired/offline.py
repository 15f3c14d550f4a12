"""The engine, the client and the emulator in one event loop, on a clock that jumps over waits.

Nothing goes over HTTP, so that a life of many programs takes milliseconds. Nothing is faster than
in the cloud, either: all waits are as long as there, by a clock that does not wait for them.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import attrs
from multidict import CIMultiDict

from clickhouse_cloud_async import APIConnectionError, AsyncClickHouseCloud
from clickhouse_cloud_async.core.files import Upload
from clickhouse_cloud_async.core.messages import Response
from clickhouse_cloud_async.core.transport import Transport
from clickhouse_cloud_async.emulation.messages import Incoming
from clickhouse_cloud_async.emulator import Emulator

from .clock import simulated

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterable, Mapping

    import pytest

    from clickhouse_cloud_async import Secret
    from clickhouse_cloud_async.core.messages import Request
    from clickhouse_cloud_async.emulation.emulator import BaseEmulator
    from clickhouse_cloud_async.emulation.faults import Fault

URL = "https://emulator.example"
"""Where clients believe the emulator to be."""

LATENCY = 0.05
"""Seconds from a request to its arrival, and from its response to its arrival."""


@attrs.frozen(kw_only=True)
class Mishap:
    """What goes wrong at one request of a program.

    Attributes:
        at: At which, from 1.
        is_write: Whether only the requests count that change something.
        fault: What the emulator does wrong; None to kill the program.
        times: To how many requests of the same operation it happens.
        is_carried_out: Whether the last request of a program that is killed reaches the API.
    """

    at: int
    is_write: bool = True
    fault: Fault | None = None
    times: int = 1
    is_carried_out: bool = False


@attrs.define(eq=False)
class Offline:
    """An emulator without HTTP, and the programs that use it.

    Attributes:
        emulator: The emulator.
        runner: Runs programs one after the other on the same clock.
        mishap: What happens to the next program; None for nothing.
        count: How many requests it has sent, of those that count for its mishap.
    """

    emulator: Any
    runner: asyncio.Runner
    mishap: Mishap | None = None
    count: int = 0
    _killed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    def run(self, program: Coroutine[Any, Any, Any], mishap: Mishap | None = None) -> Any:
        """Run a program to its end and return its result, or None where it was killed.

        Args:
            program: The program.
            mishap: What happens to it; None for nothing.
        """
        self.mishap, self.count = mishap, 0
        return self.runner.run(self._live(program))

    def client(self) -> AsyncClickHouseCloud:
        """Return a new client of the emulator."""
        return AsyncClickHouseCloud(
            self.emulator.api_key,
            self.emulator.api_secret,
            organization_id=self.emulator.organization_id,
            base_url=URL,
            rate_limit=None,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Args:
            seconds: How much.
        """
        self.runner.run(asyncio.sleep(seconds))
        self.emulator.advance(0)

    async def send(self, request: Request) -> Response:
        """Let the emulator answer a request.

        Args:
            request: The request.

        Raises:
            APIConnectionError: The response was lost, or the request.
        """
        if self._killed.is_set():
            await asyncio.Event().wait()  # what is dead sends nothing
        mishap = self.mishap
        self.count += mishap is None or not mishap.is_write or request.method != "GET"
        is_hit = mishap is not None and self.count == mishap.at
        await asyncio.sleep(LATENCY)
        if is_hit:
            await self._suffer(request)
        outgoing = self.emulator._pipeline.answer(_incoming(request))
        if is_hit and mishap is not None and mishap.fault is None:
            await self._die()
        await asyncio.sleep(LATENCY + outgoing.delay)
        if outgoing.fault is not None:
            failure = APIConnectionError(
                "the server closed the connection",
                operation=request.operation.id,
                method=request.method,
                path=request.path,
            )
            failure.was_sent = True
            raise failure
        headers = CIMultiDict(outgoing.headers)
        return Response(outgoing.status, headers, outgoing.body)

    async def _suffer(self, request: Request) -> None:
        mishap, self.mishap = self.mishap, None
        assert mishap is not None
        if mishap.fault is not None:
            with suppress(ValueError):  # storage is no operation of the API
                self.emulator.faults.add(
                    mishap.fault, operation=request.operation.id, count=mishap.times
                )
        elif not mishap.is_carried_out:
            await self._die()

    async def _die(self) -> None:
        self._killed.set()
        await asyncio.Event().wait()

    async def _live(self, program: Coroutine[Any, Any, Any]) -> Any:
        self._killed = asyncio.Event()
        task, death = asyncio.create_task(program), asyncio.create_task(self._killed.wait())
        await asyncio.wait([task, death], return_when=asyncio.FIRST_COMPLETED)
        is_alive = task.done()
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            each.cancel()
        await asyncio.gather(task, death, return_exceptions=True)
        return task.result() if is_alive else None


@contextmanager
def offline(
    monkeypatch: pytest.MonkeyPatch,
    services: Iterable[Mapping[str, Any]] = (),
    *,
    seed: int = 0,
    emulator: BaseEmulator | None = None,
) -> Generator[Offline]:
    """Provide an emulator without HTTP.

    Args:
        monkeypatch: Puts the clock and the transport back.
        services: Its services at first.
        seed: What chance depends on.
        emulator: An emulator of another API in place of that of ClickHouse Cloud.
    """
    with simulated(monkeypatch) as runner, monkeypatch.context() as patch:
        now = runner.get_loop().time
        # The whole of the client takes part, with all of its waits.
        patch.setattr("time.monotonic", now)
        random.seed(seed)
        running = emulator or Emulator(services, seed=seed, kept_requests=0)
        clock = running._world.clock
        clock._monotonic = now
        clock.set(0)
        scene = Offline(running, runner)

        async def send(_: Transport, request: Request, authorization: Secret | None) -> Response:
            request.authorization = authorization
            return await scene.send(request)

        patch.setattr(Transport, "send", send)
        yield scene


def _incoming(request: Request) -> Incoming:
    headers, body = CIMultiDict[str](), request.body or b""
    if request.authorization is not None:
        headers["Authorization"] = request.authorization.reveal()
    if isinstance(body, Upload):
        headers["Content-Type"] = body.media_type
        body = body.content if isinstance(body.content, bytes) else body.content.read_bytes()
    return Incoming(
        method=request.method,
        path=request.path,
        query=tuple(parse_qsl(request.query, keep_blank_values=True)),
        headers=headers,
        body=body,
        peer="127.0.0.1",
        url=URL,
    )
