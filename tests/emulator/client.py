"""A bare HTTP client of an emulator, for tests."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
from yarl import URL

from .contract import check_answer, operation_at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from clickhouse_cloud_async.emulator import EmulatedKey, EmulatedOrganization, Emulator


@attrs.frozen
class Answer:
    """What came back: status, headers and text."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def result(self) -> Any:
        """The envelope's result; the answer has to be a success."""
        assert self.status in {200, 201}, self.text
        return self.json["result"]

    @property
    def error(self) -> str:
        """The envelope's error text; the answer has to be a well-formed failure."""
        envelope = self.json
        assert {"status", "error", "requestId"} <= envelope.keys(), self.text
        assert envelope["status"] == self.status
        return str(envelope["error"])


@attrs.frozen
class Api:
    """Sends requests to an emulator with its API key, and checks each answer by the contract.

    Args:
        emulator: The emulator.
        session: Sends the requests.
        succeeded: Ids of the operations that were answered with a success.
    """

    emulator: Emulator
    session: aiohttp.ClientSession
    succeeded: set[str] = attrs.Factory(set[str])

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
        """Send a request.

        Args:
            method: HTTP method.
            path: Percent-encoded path below the organisation; one with ``/v1`` is absolute.
            body: JSON body, or None for no body.
            query: Query parameters.
            checked: Whether the answer has to be one that the contract has.
            **options: Passed on to aiohttp, such as ``data`` or ``headers``.
        """
        if not path.startswith("/v1"):
            path = f"/v1/organizations/{self.emulator.organization_id}{path}"
        if body is not None:
            options["json"] = body
        options.setdefault("headers", authorization(self.emulator))
        url = URL(self.emulator.url + path, encoded=True)
        async with self.session.request(
            method, url.update_query(list(query)) if query else url, **options
        ) as response:
            answer = Answer(response.status, response.headers, await response.text())
        operation = operation_at(method, path.partition("?")[0])
        if checked:
            check_answer(operation, answer)
        if operation is not None and answer.status < 400:
            self.succeeded.add(operation.id)
        return answer

    async def service(self, state: str = "running") -> Any:
        """The first service in a state."""
        services = (await self("GET", "/services")).result
        return next(service for service in services if service["state"] == state)

    async def service_path(self, state: str = "running") -> str:
        """The path of the first service in a state."""
        return f"/services/{(await self.service(state))['id']}"

    async def create_service(self, **body: object) -> Any:
        """Create a service and return it."""
        defaults = {"name": "test", "provider": "aws", "region": "us-east-1"}
        answer = await self("POST", "/services", defaults | body)
        return answer.result["service"]


def authorization(holder: Emulator | EmulatedKey | EmulatedOrganization) -> dict[str, str]:
    """The header that a key authenticates with: an emulator's own, an organisation's or another."""
    credentials = f"{holder.api_key}:{holder.api_secret}".encode()
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}


@asynccontextmanager
async def serving(emulator: Emulator) -> AsyncGenerator[Api]:
    """Serve an emulator and give a client of it."""
    async with emulator, aiohttp.ClientSession() as session:
        yield Api(emulator, session)
