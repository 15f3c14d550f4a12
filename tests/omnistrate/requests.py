"""Requests to an emulator of Omnistrate, by the ids of operations."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import load_contract

if TYPE_CHECKING:
    import aiohttp

    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator

CONTRACT = load_contract("omnistrate")


@attrs.frozen
class Response:
    """What an emulator has answered."""

    operation: str
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value; None where there is no body."""
        return json.loads(self.body) if self.body else None


@attrs.define
class Api:
    """Sends requests as the owner, or with another token.

    Args:
        emulator: The emulator.
        session: What requests are sent with.
        known: Values of path parameters that a call does not give.
        answers: Every response.
    """

    emulator: OmnistrateEmulator
    session: aiohttp.ClientSession
    known: dict[str, str] = attrs.Factory(dict[str, str])
    answers: list[Response] = attrs.Factory(list[Response])

    async def __call__(  # noqa: PLR0913 - the parts of a request
        self,
        operation: str,
        body: Any = None,
        *,
        token: Any = "",
        query: Any = None,
        headers: Any = None,
        data: Any = None,
        status: Any = None,
        **parameters: str,
    ) -> Any:
        """Send a request, and return the JSON of its response.

        Args:
            operation: Id of the operation.
            body: JSON body.
            token: Bearer token; the owner's if empty, none if None.
            query: Query parameters.
            headers: Further headers.
            data: Body that is no JSON.
            status: Status that the response has to have; that of success if None.
            **parameters: Path parameters.
        """
        response = await self.send(
            operation, body, token=token, query=query, headers=headers, data=data, **parameters
        )
        wanted = CONTRACT.operations[operation].success_status if status is None else status
        assert response.status == wanted, (operation, response.status, response.body)
        return response.json

    async def send(  # noqa: PLR0913 - the parts of a request
        self,
        operation: str,
        body: Any = None,
        *,
        token: Any = "",
        query: Any = None,
        headers: Any = None,
        data: Any = None,
        **parameters: str,
    ) -> Response:
        """Send a request, and return its response, whatever it is."""
        facts = CONTRACT.operations[operation]
        known = {**self.known, **parameters}
        path = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], facts.path)
        sent = dict(headers or {})
        if token is not None and facts.security is None:
            sent["Authorization"] = f"Bearer {token or self.emulator.token}"
        sent_body = data
        if data is None and body is not None:
            sent_body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(
            facts.method,
            self.emulator.url + path,
            params=query,
            headers=sent,
            data=sent_body,
        ) as response:
            answer = Response(operation, response.status, await response.read())
        self.answers.append(answer)
        return answer
