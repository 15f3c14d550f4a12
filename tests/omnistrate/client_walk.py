"""The walk over every operation of Omnistrate, with clients."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio.to_thread
import attrs

from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate, OmnistrateEmulator
from clickhouse_cloud_async.core.files import Upload
from tests.contract.calls import body_arguments, positional_arguments
from tests.contract.either import Either

from .requests import Api, Request, Response
from .walk import walk_everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.relay import Relay
    from tests.contract.surface import Method, Surface


@attrs.define
class ClientApi(Api):
    """Sends requests through a client, as calls of its methods.

    What no method takes (another user's token, a page of a list) is sent as it is.

    Args:
        surface: What the client offers.
        client: The client.
        methods: Its methods, by the operations that they carry out.
    """

    surface: Surface = attrs.field(kw_only=True)
    client: AsyncOmnistrate | Omnistrate = attrs.field(kw_only=True)
    methods: Mapping[str, Method] = attrs.field(kw_only=True)

    async def send(self, request: Request) -> Response:
        """Call the method that carries out an operation."""
        method = self.methods[request.operation]
        names = self.surface.python_names(method)
        given = {**request.query, **request.headers}
        given.pop("Authorization", None)
        if request.token or any(names.get(name) not in method.arguments for name in given):
            return await self.send_plain(request)
        keywords = {names[name]: value for name, value in given.items()}
        ids = {**request.parameters, **request.query}
        positional = positional_arguments(self.surface, method, ids, request.body)
        if address := self.surface.address_of(method):
            keywords = {n: v for n, v in keywords.items() if n not in address.parameters}
        if request.upload is not None:
            positional.append(Upload(request.upload, filename="f"))
        elif method.takes_whole_body:
            positional.append(request.body)
        elif request.body is not None:
            keywords |= body_arguments(method, request.body)
        function: Any = functools.reduce(getattr, method.name.split("."), self.client)
        if isinstance(self.client, AsyncOmnistrate):
            response = await self.client.with_response(function, *positional, **keywords)
        else:
            call = functools.partial(self.client.with_response, function, *positional, **keywords)
            response = await anyio.to_thread.run_sync(call)
        return Response(response.status, response.body)


async def walk(surface: Surface, relay: Relay, client: type[Any]) -> None:
    """Use every operation of the emulator with a client.

    Args:
        surface: What the client offers.
        relay: What its requests go through.
        client: Class of the client.
    """
    methods = {
        method.operation.id: method
        for method in surface.async_methods.values()
        if method.operation is not None and not method.is_iterator and not method.is_download
    }
    async with (
        OmnistrateEmulator(time_scale=0) as emulator,
        aiohttp.ClientSession() as session,
        relay.to(emulator.url) as url,
    ):
        made = client(email=emulator.email, password=emulator.password, base_url=url)
        api = ClientApi(emulator, session, url, surface=surface, client=made, methods=methods)
        try:
            await walk_everything(api)
        finally:
            await Either(made).close()
