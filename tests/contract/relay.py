"""A server between a client and an emulator, which compares each response with the contract."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from clickhouse_cloud_async.emulation.router import Router
from tests.validators import Validators

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Schema


class Relay:
    """Passes requests on, and keeps what came back that the contract does not have.

    Args:
        contract: The contract.

    Attributes:
        succeeded: Ids of the operations that were carried out.
        problems: Responses that are not as the contract has them, and why.
    """

    def __init__(self, contract: Contract) -> None:
        self._conformity = Conformity(contract)
        self._router = Router(contract.operations.values())
        self.succeeded: set[str] = set()
        self.problems: list[str] = []

    @asynccontextmanager
    async def to(self, url: str) -> AsyncGenerator[str]:
        """Pass on to a server; its address for clients is given."""
        async with aiohttp.ClientSession(auto_decompress=False) as session:

            async def handle(request: web.BaseRequest) -> web.Response:
                return await self._pass_on(session, url, request)

            runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                yield f"http://127.0.0.1:{runner.addresses[0][1]}"
            finally:
                await runner.cleanup()

    async def _pass_on(
        self, session: aiohttp.ClientSession, url: str, request: web.BaseRequest
    ) -> web.Response:
        async with session.request(
            request.method,
            f"{url}{request.raw_path}",
            headers={
                n: v for n, v in request.headers.items() if n not in {"Host", "Transfer-Encoding"}
            },
            data=await request.read(),
            allow_redirects=False,
        ) as response:
            body = await response.read()
        path = request.raw_path.partition("?")[0]
        match = self._router.match(request.method, path)
        if match is None:
            self.problems.append(f"{request.method} {path}: is no operation")
        else:
            self._check(match.operation, response, body)
        headers = {n: v for n, v in response.headers.items() if n != "Content-Length"}
        return web.Response(status=response.status, headers=headers, body=body)

    def _check(
        self, operation: ContractOperation, response: aiohttp.ClientResponse, body: bytes
    ) -> None:
        media, schema = operation.success_content
        if response.status >= 400:
            if response.status >= 500:
                self.problems.append(f"{operation.id}: {response.status} {body!r}")
            return
        self.succeeded.add(operation.id)
        found: list[str] = []
        if response.status != operation.success_status:
            found.append(f"the status is {response.status}")
        if media is not None and response.headers.get("Content-Type") != media:
            found.append(f"the content is {response.headers.get('Content-Type')}")
        is_json = media == "application/json" and (schema or {}).get("format") != "binary"
        if schema is not None and is_json:
            found += self._conformity.misfits(schema, json.loads(body))
        self.problems += [f"{operation.id}: {each}" for each in found]


class Conformity:
    """Tells whether values conform to the schemas of a contract.

    Args:
        contract: The contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._validators = Validators(contract.schemas)

    def misfits(self, schema: Schema, value: Any) -> list[str]:
        """Return what does not fit a schema, properties that it does not name included."""
        places = unknown(self._contract, schema, value)
        return [
            *self._validators.errors(schema, value),
            *(f"{place}: is not in the contract" for place in places),
        ]


def unknown(contract: Contract, schema: Schema, value: object, path: str = "$") -> list[str]:
    """The places of properties that a schema does not name."""
    if not isinstance(value, (dict, list)):
        return []
    schema = contract.compose(contract.resolve(schema))
    variants = schema.get("oneOf") or schema.get("anyOf")
    if variants:
        return min((unknown(contract, each, value, path) for each in variants), key=len)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [place for item in value for place in unknown(contract, items, item, f"{path}[]")]
    if "properties" not in schema:
        return []
    found: list[str] = []
    for name, item in value.items():
        if name in schema["properties"]:
            found += unknown(contract, schema["properties"][name], item, f"{path}.{name}")
        elif schema.get("additionalProperties") in (None, False):
            found.append(f"{path}.{name}")
    return found
