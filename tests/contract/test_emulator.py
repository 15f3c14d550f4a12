"""Both clients walk through the emulator: every operation, with real requests and answers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio.to_thread
import attrs
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator
from tests.emulator.client import Answer, Api
from tests.emulator.contract import operation_at
from tests.emulator.walks import SEED, SERVICES, load_walks
from tests.samples import CONTRACT

from .surface import ASYNC_METHODS, CHOICES, body_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter

METHODS = {
    method.operation.id: method
    for method in ASYNC_METHODS.values()
    if method.operation is not None and not method.is_iterator and not method.is_preset
}

PAGING = {"cursor", "limit", "offset"}


@attrs.frozen
class ClientApi(Api):
    """Sends the requests of a walk through a client, as calls of its methods.

    What no method takes (another key's credentials, a page of a list) is sent as it is.

    Args:
        client: The client.
        called: Ids of the operations whose methods were called with success.
    """

    client: AsyncClickHouseCloud | ClickHouseCloud = attrs.field(kw_only=True)
    called: set[str] = attrs.field(kw_only=True)

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
        positional, keywords = _arguments(operation, path, body, query)
        answer = await self._call(operation, positional, keywords)
        self.called.add(operation.id)
        return answer

    async def _call(
        self, operation: ContractOperation, positional: list[Any], keywords: dict[str, Any]
    ) -> Answer:
        name = METHODS[operation.id].name
        function: Any = functools.reduce(getattr, name.split("."), self.client)
        if isinstance(self.client, AsyncClickHouseCloud):
            response = await self.client.with_response(function, *positional, **keywords)
        else:
            call = functools.partial(self.client.with_response, function, *positional, **keywords)
            response = await anyio.to_thread.run_sync(call)
        return Answer(response.status, response.headers, response.body.decode())


def _arguments(
    operation: ContractOperation, path: str, body: object, query: Sequence[tuple[str, str]]
) -> tuple[list[Any], dict[str, Any]]:
    """What to call the method of an operation with."""
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
    method = METHODS[operation.id]
    if method.takes_union:
        positional.append(body)
    elif isinstance(body, dict):
        names = {wire: name for name, wire in body_fields(method.operation)}
        keywords |= {names[wire]: value for wire, value in body.items()}
    keywords |= CHOICES.get(operation.id, {})
    return positional, keywords


def _query_value(parameter: Parameter, values: list[str]) -> object:
    schema = CONTRACT.resolve(parameter.schema)
    if schema.get("type") == "array":
        return values
    if schema.get("type") == "integer":
        return int(values[0])
    return values[0] == "true" if schema.get("format") == "boolean" else values[0]


async def _walk(client: type[AsyncClickHouseCloud | ClickHouseCloud], area: str) -> set[str]:
    """Walk through an area with a client; the operations that it called are returned."""
    called: set[str] = set()
    async with (
        Emulator(SERVICES, time_scale=0, seed=SEED) as emulator,
        aiohttp.ClientSession() as session,
    ):
        made = client(emulator.api_key, emulator.api_secret, base_url=emulator.url)
        try:
            await load_walks()[area](ClientApi(emulator, session, client=made, called=called))
        finally:
            if isinstance(made, AsyncClickHouseCloud):
                await made.close()
            else:
                await anyio.to_thread.run_sync(made.close)
    return called


@pytest.mark.parametrize("client", [AsyncClickHouseCloud, ClickHouseCloud])
async def test_client_walks_through_the_emulator(
    client: type[AsyncClickHouseCloud | ClickHouseCloud],
) -> None:
    """The client sends every request of every walk and understands every answer."""
    called: set[str] = set()
    for area in load_walks():
        called |= await _walk(client, area)

    assert CONTRACT.operations.keys() - called == set()
