"""The data of an emulator's services: ports, processes, and changes by the API."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from aiohttp import web

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.data import Activity
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import (
    organization_at,
    organizations,
)

from . import copies, pipes
from .gateway import Gateway
from .presence import ANSWERING, Presence
from .query_endpoints import QueryEndpoints
from .tally import numbers_of
from .warehouses import Warehouses

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping

    from clickhouse_cloud_async.emulation.context import Gate
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.server import Handler
    from clickhouse_cloud_async.emulation.store import Path as DocumentPath
    from clickhouse_cloud_async.emulation.world import World

HOST: Final = "127.0.0.1"
"""Where services listen; nothing beyond this machine reaches them."""

_BACKLOG: Final = 128


class DataPlane:
    """Engines behind the services of an emulator.

    Args:
        world: Where services are.
        gate: What the emulator lets in.
        folder: Where data is kept; None for a folder that goes with the emulator.
        run_timers: Lets everything happen that is due by now.
    """

    def __init__(
        self, world: World, gate: Gate, folder: Path | None, run_timers: Callable[[], None]
    ) -> None:
        self._world = world
        self._gate = gate
        self._kept = folder
        self._run_timers = run_timers
        self._folder = folder
        self._sockets: dict[DocumentPath, socket.socket] = {}
        self._ports: dict[int, DocumentPath] = {}
        self._sites: dict[DocumentPath, web.BaseSite] = {}
        self._runner: web.ServerRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._presence: Presence
        self._warehouses: Warehouses
        self._gateway: Gateway
        self._query_endpoints: QueryEndpoints

    @property
    def routes(self) -> Mapping[str, Handler]:
        """Handlers at the emulator's own address, by the first segment of the path."""
        return {"service": self._answer_service, "run": self._answer_saved}

    @property
    def is_running(self) -> bool:
        """Whether services can be queried."""
        return self._runner is not None

    async def start(self) -> None:
        """Make every service listen."""
        folder = self._kept or Path(mkdtemp(prefix="chcloud-data-"))
        self._folder = folder
        self._warehouses = Warehouses(folder)
        self._warehouses.start()
        self._presence = Presence(self._world, self._run_timers)
        self._gateway = Gateway(self._world, self._presence, self._warehouses)
        self._query_endpoints = QueryEndpoints(
            self._world, self._gate, self._presence, self._gateway
        )
        server = web.Server(self._answer, access_log=None, auto_decompress=False)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        self._runner = runner
        self.take_stock()
        copies.sweep(self._world, self._warehouses)

    async def stop(self) -> None:
        """Stop listening, and end all processes."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        await runner.cleanup()
        for listening in self._sockets.values():
            listening.close()
        self._sockets.clear()
        self._ports.clear()
        self._sites.clear()
        await self._warehouses.stop()
        if self._kept is None and self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    def take_stock(self) -> None:
        """Make exactly the present services listen."""
        present = dict(self._services())
        for path in [path for path in self._sockets if path not in present]:
            self._close(path)
        with self._world.change():
            for path in present:
                self.open(path)

    def endpoint(self, path: DocumentPath) -> JsonObject | None:
        """Return where a service listens, as a part of its endpoints; None where it does not."""
        listening = self._sockets.get(path)
        if listening is None:
            return None
        return {"host": HOST, "port": listening.getsockname()[1]}

    def open(self, path: DocumentPath) -> None:
        """Make a service listen, at its former port if that is free.

        Args:
            path: Where the service is.
        """
        if self._runner is None or path in self._sockets:
            return
        service = self._world.store.document(path)
        listening = _listen(service.get("_port", 0))
        port: int = listening.getsockname()[1]
        service["_port"] = port
        warehouse = self._warehouses.get(service["dataWarehouseId"])
        organization = organization_at(self._world, path)
        metering.note_data(organization, path[-1], warehouse.size())
        metering.note_transfer(organization, path[-1])
        self._sockets[path] = listening
        self._ports[port] = path
        site = self._sites[path] = web.SockSite(self._runner, listening, backlog=_BACKLOG)
        self._later(site.start())

    def note_state(self, path: DocumentPath, state: str) -> None:
        """Handle a state that a service has entered.

        Args:
            path: Where the service is.
            state: The state; ``gone`` just before it is removed.
        """
        if self._runner is None:
            return
        self._presence.note_change()
        if state in ANSWERING:
            return
        warehouse = self._world.store.document(path)["dataWarehouseId"]
        others = [
            other
            for place, other in self._services()
            if place != path and other["dataWarehouseId"] == warehouse
        ]
        if state == "gone":
            self._close(path)
            if not others:
                self._warehouses.drop(warehouse)
        elif all(other["state"] not in ANSWERING for other in others):
            self._warehouses.release(warehouse)

    def back_up(self, path: DocumentPath, backup: JsonObject) -> None:
        """Copy the current data of a service to a backup.

        Args:
            path: Where the service is.
            backup: The backup, which has begun.
        """
        service = self._world.store.document(path)
        copies.back_up(self._world, path, backup, self._warehouses.get(service["dataWarehouseId"]))
        copies.sweep(self._world, self._warehouses)

    def restore(self, path: DocumentPath, backup: JsonObject) -> None:
        """Restore the data of a backup in a new service.

        Args:
            path: Where the service is.
            backup: The backup, which is done.
        """
        service = self._world.store.document(path)
        copies.restore(self._world, path, backup, self._warehouses.get(service["dataWarehouseId"]))

    def run_pipe(self, path: DocumentPath) -> float | None:
        """Move the data of a running pipe.

        Args:
            path: Where the pipe is.

        Returns:
            In how many emulated seconds it looks for more; None where it does not.
        """
        pipe = self._world.store.document(path)
        if not pipes.is_moved(pipe):
            return None
        service = self._world.store.document(path[:-2])
        pipes.load(self._world, path, self._warehouses.get(service["dataWarehouseId"]))
        return pipes.INTERVAL if pipes.is_continuous(pipe) else None

    def is_busy(self, path: DocumentPath) -> bool:
        """Return whether a query of a service is under way.

        Args:
            path: Where it is.
        """
        return self._presence.running(path) > 0

    def activity(self, path: DocumentPath) -> Activity:
        """Return the real usage of a service.

        Args:
            path: Where it is.
        """
        service = self._world.store.document(path)
        warehouse = self._warehouses.get(service["dataWarehouseId"])
        running = self._presence.running(path)
        return Activity(
            running=running,
            http=running,
            tcp=0,
            stored=warehouse.size(),
            memory=warehouse.memory(),
            **numbers_of(service),
        )

    def _services(self) -> Iterator[tuple[DocumentPath, JsonObject]]:
        for organization in organizations(self._world):
            path = (*organization.path, "services")
            for service_id, service in self._world.store.collection(path).peek_all().items():
                yield (*path, service_id), service

    def _close(self, path: DocumentPath) -> None:
        listening = self._sockets.pop(path, None)
        site = self._sites.pop(path, None)
        if listening is not None:
            self._ports.pop(listening.getsockname()[1], None)
        if site is not None:
            self._later(site.stop())

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        port = request.transport.get_extra_info("sockname")[1]
        path = self._ports.get(port)
        if path is None:
            return web.Response(status=404)
        return await self._gateway.answer(path, request)

    async def _answer_service(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._query_endpoints.answer_service(request)

    async def _answer_saved(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._query_endpoints.answer_saved(request)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _listen(port: int) -> socket.socket:
    """Listen at a port; at a free one where that is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:
        listening.bind((HOST, 0))
    # A client that connects before the event loop accepts waits, and is not refused.
    listening.listen(_BACKLOG)
    listening.setblocking(False)  # noqa: FBT003 - positional by nature
    return listening
