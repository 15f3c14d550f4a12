"""The query endpoints of services: statements by HTTP with an API key and no password."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import (
    read_authorization,
    same_secret,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.access.key_index import key_of
from clickhouse_cloud_async.apis.clickhouse.emulator.access.keys import is_valid, serves_address
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import (
    organization_at,
    organizations,
)

from .access import address_of
from .endpoint_requests import (
    GATEWAY_TIME,
    RefusalError,
    json_response,
    query_of,
    read_body,
)
from .gateway import UNAVAILABLE
from .origins import headers_for, preflight
from .presence import UnavailableError
from .streams import EngineLostError

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp import web

    from clickhouse_cloud_async.emulation.context import Gate
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .gateway import Gateway, Query
    from .presence import Presence

_ADMIN: Final = "sql_console_admin"
"""The role that may write."""


@attrs.frozen
class _Endpoint:
    """An endpoint.

    Args:
        service: Where its service is.
        keys: The keys that may use it.
        roles: The roles that statements run with.
        origins: The origins of pages that may read its responses, or joined by commas.
        saved: What it runs; None where requests bring the statement.
    """

    service: Path
    keys: Collection[str]
    roles: Collection[str]
    origins: str | Collection[str]
    saved: JsonObject | None = None


class QueryEndpoints:
    """Answers statements that come with an API key.

    Args:
        world: Where services are.
        gate: What the emulator lets in.
        presence: Knows which services answer.
        gateway: Leads to their engines.
    """

    def __init__(self, world: World, gate: Gate, presence: Presence, gateway: Gateway) -> None:
        self._world = world
        self._gate = gate
        self._presence = presence
        self._gateway = gateway

    async def answer_service(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer ``POST /service/ID/run``, whose body has the statement."""
        return await self._answer(request, self._find_service(request.path))

    async def answer_saved(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer ``/run/ID``, where a Query API endpoint has the statement."""
        return await self._answer(request, self._find_saved(request.path))

    def _find_service(self, url: str) -> _Endpoint | None:
        service_id = _id_of(url, "service", "run")
        for organization in organizations(self._world):
            path = (*organization.path, "services", service_id)
            found = self._world.store.peek((*path, "serviceQueryEndpoint"))
            if found is not None and self._world.store.peek(path) is not None:
                return _Endpoint(
                    path, found["openApiKeys"], found["roles"], found["allowedOrigins"]
                )
        return None

    def _find_saved(self, url: str) -> _Endpoint | None:
        endpoint_id = _id_of(url, "run")
        for organization in organizations(self._world):
            for service_id in organization.collection("services"):
                path = (*organization.path, "services", service_id)
                found = self._world.store.peek((*path, "query-api-endpoints", endpoint_id))
                if found is not None:
                    keys, roles = found.get("apiKeyIds", ()), found.get("roles", ())
                    return _Endpoint(path, keys, roles, found["allowedOrigins"], found)
        return None

    async def _answer(
        self, request: web.BaseRequest, endpoint: _Endpoint | None
    ) -> web.StreamResponse:
        """Answer a request to an endpoint, which there may be."""
        headers = headers_for(request, () if endpoint is None else endpoint.origins)
        allowed = preflight(request, headers)
        if allowed is not None:
            return allowed
        try:
            key = self._authenticate(request)
            endpoint = _checked(endpoint, key)
            asked = await read_body(request)
            if endpoint.saved is not None:
                saved, given = endpoint.saved, asked.get("queryVariables", {})
                asked |= {"sql": saved["sql"], "database": saved.get("database")}
                asked["queryVariables"] = saved["parameters"] | given
            is_admin = _ADMIN in endpoint.roles or key is None
            query = query_of(request, asked, headers, is_admin=is_admin)
            return await self._run(request, endpoint.service, query, key)
        except RefusalError as refusal:
            return json_response(refusal.status, refusal.body, headers)

    def _authenticate(self, request: web.BaseRequest) -> Path | None:
        """Return where the API key of a request is; None for the emulator's token.

        Raises:
            RefusalError: There is no key that works.
        """
        credential = read_authorization(request.headers.get("Authorization"))
        if credential is not None:
            if not credential.key_id and same_secret(credential.secret, self._gate.token):
                return None
            path = key_of(self._world, credential)
            key = None if path is None else self._world.store.peek(path)
            if path is not None and key is not None:
                organization = organization_at(self._world, path)
                is_live = self._world.is_live
                peer = address_of(request)
                if is_valid(organization, key) and serves_address(key, peer, is_live=is_live):
                    return path
        raise RefusalError(401, {"error": "Unauthorized"})

    async def _run(
        self, request: web.BaseRequest, path: Path, query: Query, key: Path | None
    ) -> web.StreamResponse:
        """Run a statement on a service, once that answers.

        Raises:
            RefusalError: It does not.
        """
        state = self._presence.state(path)
        if state == "idle" and request.headers.get("wake-service") != "true":
            raise RefusalError(206, {"data": "Confirm wake service"})
        if state == "stopped" and key is None:
            raise RefusalError(206, {"data": "Service is stopped"})
        try:
            async with asyncio.timeout(GATEWAY_TIME):
                service = await self._presence.answering(path)
            return await self._gateway.run(path, service, request, query)
        except UnavailableError:
            raise RefusalError(404, {"error": UNAVAILABLE}) from None
        except TimeoutError:
            raise RefusalError(500, {"error": "Timeout error."}) from None
        except EngineLostError:
            raise RefusalError(500, {"error": "Internal error."}) from None


def _checked(endpoint: _Endpoint | None, key: Path | None) -> _Endpoint:
    """Return an endpoint that a key may use; the emulator's token, None, may use any.

    Raises:
        RefusalError: There is none, or it does not list the key.
    """
    if endpoint is None:
        raise RefusalError(404, {"error": "Not found"})
    if key is not None:
        # Both paths begin with their organisation.
        belongs = endpoint.service[: len(key) - 2] == key[:-2]
        if not belongs or key[-1] not in endpoint.keys:
            raise RefusalError(403, {"error": "This API key may not use the query endpoint"})
    return endpoint


def _id_of(path: str, *words: str) -> str:
    """Return the id in a path, the segment that none of some words is; empty for another path."""
    segments = path.strip("/").split("/")
    is_such = len(segments) == len(words) + 1 and [segments[0], *segments[2:]] == list(words)
    return segments[1] if is_such else ""
