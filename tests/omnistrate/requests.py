"""Requests to an emulator of Omnistrate, by the ids of operations."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import load_contract

if TYPE_CHECKING:
    import aiohttp

    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator

CONTRACT = load_contract("omnistrate")

MULTIPART = "multipart/form-data; boundary=limit"


@attrs.frozen
class Response:
    """A response of the emulator."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value; None where there is no body."""
        return json.loads(self.body) if self.body else None


@attrs.frozen
class Request:
    """A request by the id of its operation.

    Args:
        operation: Id of the operation.
        body: JSON body; None for none.
        token: Bearer token; the owner's if empty, none if None.
        query: Query parameters.
        headers: Further headers.
        upload: Content of a file.
        parameters: Path parameters.
    """

    operation: str
    body: Any = None
    token: str | None = ""
    query: dict[str, Any] = attrs.Factory(dict[str, Any])
    headers: dict[str, str] = attrs.Factory(dict[str, str])
    upload: bytes | None = None
    parameters: dict[str, str] = attrs.Factory(dict[str, str])


@attrs.define
class Api:
    """Sends requests as the owner, or with another token.

    Args:
        emulator: The emulator.
        session: What requests are sent with.
        url: Where they are sent.
        known: Values of path parameters that a call does not give.
        address: The address of instances, once there is one.
    """

    emulator: OmnistrateEmulator
    session: aiohttp.ClientSession
    url: str
    known: dict[str, str] = attrs.Factory(dict[str, str])
    address: dict[str, str] = attrs.Factory(dict[str, str])

    async def __call__(  # noqa: PLR0913 - the parts of a request
        self,
        operation: str,
        body: Any = None,
        *,
        status: Any = None,
        token: Any = "",
        query: Any = None,
        headers: Any = None,
        upload: Any = None,
        **parameters: Any,
    ) -> Any:
        """Send a request, and return the JSON of its response, or its bytes.

        Args:
            operation: Id of the operation.
            body: JSON body; None for none.
            status: Status that the response has to have; that of success if None.
            token: Bearer token; the owner's if empty, none if None.
            query: Query parameters.
            headers: Further headers.
            upload: Content of a file.
            **parameters: Path parameters.
        """
        known = {**self.known, **parameters}
        request = Request(operation, body, token, query or {}, headers or {}, upload, known)
        response = await (self.send if status is None else self.send_plain)(request)
        wanted = CONTRACT.operations[operation].success_status if status is None else status
        assert response.status == wanted, (operation, response.status, response.body)
        return response.body if operation in DOWNLOADS else response.json

    async def send(self, request: Request) -> Response:
        """Send a request that is expected to succeed."""
        return await self.send_plain(request)

    async def send_plain(self, request: Request) -> Response:
        """Send a request as it is."""
        facts = CONTRACT.operations[request.operation]
        path = re.sub(r"\{(\w+)\}", lambda found: request.parameters[found[1]], facts.path)
        headers, content = dict(request.headers), b""
        if request.token is not None and facts.security is None:
            headers["Authorization"] = f"Bearer {request.token or self.emulator.token}"
        if request.upload is not None:
            content = _multipart(request.upload)
            headers.setdefault("Content-Type", MULTIPART)
        elif request.body is not None:
            content = json.dumps(request.body).encode()
            headers["Content-Type"] = "application/json"
        query = {name: _text(value) for name, value in request.query.items()}
        async with self.session.request(
            facts.method,
            self.url + path,
            params=query,
            headers=headers,
            data=BytesIO(content) if content else None,
        ) as response:
            return Response(response.status, await response.read())


DOWNLOADS = {"getFile", "getResourceInstanceProvisionerSetupKit"}
"""Operations that respond with bytes."""


def _multipart(content: bytes) -> bytes:
    part = b'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + content
    return b"--limit\r\n" + part + b"\r\n--limit--\r\n"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def address_of(service: Any, plan: Any, resource: str) -> dict[str, str]:
    """The path parameters of the address of instances.

    Args:
        service: The service as it is offered.
        plan: Its offering.
        resource: Key of the resource.
    """
    return {
        "serviceProviderId": service["serviceProviderId"],
        "serviceKey": service["serviceURLKey"],
        "serviceAPIVersion": plan["serviceAPIVersion"],
        "serviceEnvironmentKey": plan["serviceEnvironmentURLKey"],
        "serviceModelKey": plan["serviceModelURLKey"],
        "productTierKey": plan["productTierURLKey"],
        "resourceKey": resource,
    }
