"""Walks through the emulator with clients: each request by the method of its operation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio.to_thread
import attrs

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator
from tests.contract.surface import body_fields

from .client import Answer, Api
from .contract import CONTRACT, operation_at
from .walks import SEED, SERVICES, load_walks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter
    from tests.contract.relay import Relay
    from tests.contract.surface import Method, Surface

PAGING = {"cursor", "limit", "offset"}


@attrs.frozen
class ClientApi(Api):
    """Sends the requests of a walk through a client, as calls of its methods.

    What no method takes (another key's credentials, a page of a list) is sent as it is.

    Args:
        client: The client.
        surface: What it offers.
    """

    client: AsyncClickHouseCloud | ClickHouseCloud = attrs.field(kw_only=True)
    surface: Surface = attrs.field(kw_only=True)

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        checked: bool = True,
        **options: Any,
    ) -> Answer:
        """Send a request by calling the method that carries out its operation."""
        if not path.startswith("/v1"):
            path = f"/v1/organizations/{self.emulator.organization_id}{path}"
        operation = operation_at(method, path)
        if operation is None or options or PAGING & {name for name, _ in query}:
            sent = super().__call__
            return await sent(method, path, body, query=query, checked=checked, **options)
        made = self.surface.method_of(operation.id)
        positional, keywords = _arguments(operation, made, path, body, query)
        keywords |= self.surface.choices.get(operation.id, {})
        return await self._call(made, positional, keywords)

    async def _call(
        self, method: Method, positional: list[Any], keywords: dict[str, Any]
    ) -> Answer:
        function: Any = functools.reduce(getattr, method.name.split("."), self.client)
        if isinstance(self.client, AsyncClickHouseCloud):
            response = await self.client.with_response(function, *positional, **keywords)
        else:
            call = functools.partial(self.client.with_response, function, *positional, **keywords)
            response = await anyio.to_thread.run_sync(call)
        return Answer(response.status, response.headers, response.body.decode())


def _arguments(
    operation: ContractOperation,
    method: Method,
    path: str,
    body: object,
    query: Sequence[tuple[str, str]],
) -> tuple[list[Any], dict[str, Any]]:
    """Return what to call the method of an operation with."""
    segments = zip(operation.path.split("/"), path.split("/"), strict=True)
    positional: list[Any] = [
        value
        for template, value in segments
        if template.startswith("{") and template != "{organizationId}"
    ]
    keywords: dict[str, Any] = {
        parameter.name: _query_value(parameter, [v for n, v in query if n == parameter.name])
        for parameter in operation.parameters_in("query")
        if parameter.name in dict(query)
    }
    if method.takes_whole_body:
        positional.append(body)
    elif isinstance(body, dict):
        names = {wire: name for name, wire in body_fields(method.operation)}
        keywords |= {names[wire]: value for wire, value in body.items()}
    return positional, keywords


def _query_value(parameter: Parameter, values: list[str]) -> object:
    schema = CONTRACT.resolve(parameter.schema)
    if schema.get("type") == "array":
        return values
    if schema.get("type") == "integer":
        return int(values[0])
    return values[0] == "true" if schema.get("format") == "boolean" else values[0]


async def walk(surface: Surface, relay: Relay, client: type[Any]) -> None:
    """Use every operation of the emulator with a client.

    Args:
        surface: What the client offers.
        relay: What its requests go through.
        client: Class of the client.
    """
    for area in load_walks().values():
        async with (
            Emulator(SERVICES, time_scale=0, seed=SEED) as emulator,
            aiohttp.ClientSession() as session,
            relay.to(emulator.url) as url,
        ):
            made = client(emulator.api_key, emulator.api_secret, base_url=url)
            api = ClientApi(emulator, session, client=made, surface=surface)
            try:
                await area(api)
            finally:
                if isinstance(made, AsyncClickHouseCloud):
                    await made.close()
                else:
                    await anyio.to_thread.run_sync(made.close)
