"""Passes requests to the engine of a service, after checks of access and presence."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import attrs
from aiohttp import web

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organization_at

from . import access
from .errors import EngineError
from .presence import UnavailableError
from .service_settings import settings_of
from .streams import EngineLostError
from .wire import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .channels import Response
    from .presence import Presence
    from .tally import Tally
    from .warehouses import Warehouses

UNAVAILABLE: Final = "ClickHouse service is currently unavailable. Please try again later."
"""The response of a service that does not run."""

_OK: Final = "Ok.\n"
_PINGS: Final = frozenset({"/ping", "/replicas_status"})
_PASSED_ON: Final = (
    "accept-encoding", "content-encoding", "content-type", "x-clickhouse-database",
    "x-clickhouse-format",
)  # fmt: skip
"""Headers that count for an engine."""

_CREDENTIALS: Final = frozenset({"user", "password"})


@attrs.frozen(kw_only=True)
class Query:
    """A request to an engine.

    Args:
        method: Method of the request; those that read cannot write.
        parameters: Parameters of the HTTP interface.
        headers: Headers of the request.
        body: Its body.
        readonly: Whether writing is refused, apart from what the service is.
        time: Seconds in which the response begins; None for no limit.
        added: Further headers of the response.
        explain: Makes the response to a statement that failed, from status, code and text; None
            for that of the HTTP interface.
    """

    method: str = "POST"
    parameters: Mapping[str, str] = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: AsyncIterable[bytes] | bytes = attrs.field(default=b"", repr=False)
    readonly: bool = False
    time: float | None = None
    added: Mapping[str, str] = attrs.field(factory=dict)
    explain: Callable[[int, str, str], web.StreamResponse] | None = None


class Gateway:
    """Answers the requests to services.

    Args:
        world: Where services are.
        presence: Knows which ones answer.
        warehouses: Their data.
    """

    def __init__(self, world: World, presence: Presence, warehouses: Warehouses) -> None:
        self._world = world
        self._presence = presence
        self._warehouses = warehouses

    async def answer(self, path: Path, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to a service as its HTTP interface does.

        Args:
            path: Where the service is.
            request: The request.
        """
        service = self._world.store.peek(path)
        if service is None or not access.is_let_in(service, request):
            return _refused(HTTPStatus.FORBIDDEN, "The address is not in the access list.")
        try:
            return await self._answer(path, service, request)
        except EngineError as error:
            headers = {"X-ClickHouse-Exception-Code": str(error.code)}
            return web.Response(status=error.status, text=error.text, headers=headers)
        except UnavailableError:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
        except EngineLostError:
            return _refused(HTTPStatus.BAD_GATEWAY, "The engine ended while it answered.")
        except ConnectionResetError:
            # The client has gone: nobody reads this.
            return _refused(HTTPStatus.BAD_REQUEST, "The request ended early.")

    async def _answer(
        self, path: Path, service: JsonObject, request: web.BaseRequest
    ) -> web.StreamResponse:
        """Respond to a request that the access list allows.

        Raises:
            EngineError: The password is wrong.
            UnavailableError: The service does not run, and does not wake up.
            EngineLostError: The engine ended.
        """
        if request.path in _PINGS:
            await self._presence.answering(path)
            return web.Response(text=_OK)
        if request.path != "/":
            return _refused(HTTPStatus.NOT_FOUND, f"There is no handle {request.path}")
        if request.method == "GET" and "query" not in request.query:
            await self._presence.answering(path)
            return web.Response(text=_OK)
        access.authenticate(service, request)
        service = await self._presence.answering(path)
        query = Query(
            method=request.method,
            parameters={k: v for k, v in request.query.items() if k not in _CREDENTIALS},
            headers={n: request.headers[n] for n in _PASSED_ON if n in request.headers},
            body=request.content.iter_any() if request.body_exists else b"",
        )
        return await self.run(path, service, request, query)

    async def run(
        self, path: Path, service: JsonObject, request: web.BaseRequest, query: Query
    ) -> web.StreamResponse:
        """Pass a request to the engine of a service, and its response back.

        Args:
            path: Where the service is.
            service: The service, which answers queries.
            request: The request that is answered.
            query: What the engine is asked for.

        Raises:
            EngineLostError: The engine ended.
            TimeoutError: It did not answer in time.
        """
        settings = settings_of(self._world, path)
        readonly = settings.pop("readonly", "0") != "0" or query.readonly or service["isReadonly"]
        warehouse = self._warehouses.get(service["dataWarehouseId"])
        asked = Request(
            method=query.method,
            parameters=settings | dict(query.parameters),
            headers=query.headers,
            readonly=readonly,
        )
        async with (
            self._presence.querying(path) as tally,
            warehouse.using(writes=query.method == "POST" and not readonly) as channels,
            asyncio.timeout(query.time) as limit,
            channels.ask(asked, _counted(tally, query)) as response,
        ):
            limit.reschedule(None)
            head = response.head
            try:
                if head.status != HTTPStatus.OK and query.explain is not None:
                    return query.explain(head.status, head.code, (await response.read()).decode())
                return await _pass_on(request, response, query.added, tally)
            finally:
                tally.count(response)
                if tally.changes_data:
                    self._note_data(path, service["dataWarehouseId"])

    def _note_data(self, path: Path, warehouse_id: str) -> None:
        """Note how much a warehouse holds now, which its primary service pays for."""
        organization = organization_at(self._world, path)
        services = organization.collection("services").peek_all()
        size = self._warehouses.get(warehouse_id).size()
        with self._world.change():
            for service_id, service in services.items():
                if service["isPrimary"] and service["dataWarehouseId"] == warehouse_id:
                    metering.note_data(organization, service_id, size)


def _counted(tally: Tally, query: Query) -> AsyncIterable[bytes] | bytes:
    """Return the body of a request, whose bytes are counted with those of its statement."""
    tally.receive(len(query.parameters.get("query", "")))
    if not isinstance(query.body, bytes):
        return _each_counted(tally, query.body)
    tally.receive(len(query.body))
    return query.body


async def _each_counted(tally: Tally, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for piece in body:
        tally.receive(len(piece))
        yield piece


async def _pass_on(
    request: web.BaseRequest, response: Response, added: Mapping[str, str], tally: Tally
) -> web.StreamResponse:
    """Send a response of the engine on, as it comes, and count its bytes."""
    head = response.head
    headers = {**head.headers, **added}
    if head.size is not None:
        body = await response.read()
        tally.send(len(body))
        return web.Response(status=head.status, headers=headers, body=body)
    sent = web.StreamResponse(status=head.status, headers=headers)
    await sent.prepare(request)
    try:
        async for piece in response.pieces():
            tally.send(len(piece))
            await sent.write(piece)
    except EngineLostError:
        # The engine failed half-way: the client must see that something is missing.
        if request.transport is not None:
            request.transport.close()
    return sent


def _refused(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=f"{message}\n")
