"""The query endpoints of services: statements by HTTP with an API key and no password."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

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
from clickhouse_cloud_async.emulation.json_values import is_object

from .access import address_of
from .channels import EngineLostError
from .gateway import UNAVAILABLE, Query
from .presence import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async.emulation.context import Gate
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .gateway import Gateway
    from .presence import Presence

_ADMIN: Final = "sql_console_admin"
"""The role that may write."""

_FORMAT: Final = "JSONEachRow"
_TIME: Final = 30.0
"""Seconds for which the real gateway waits."""


class _RefusalError(Exception):
    """A request that is not let through.

    Args:
        status: HTTP status of the response.
        body: Its JSON body.
    """

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body

    @property
    def response(self) -> web.Response:
        """The response."""
        return _json(self.status, self.body)


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
        try:
            service_id = _id_of(request.path, "service", "run")
            path = self._find_service(service_id)
            endpoint = self._world.store.peek((*path, "serviceQueryEndpoint")) if path else None
            key = self._authenticate(request)
            if path is None or endpoint is None:
                raise _not_found()
            self._check_bound(key, path, endpoint["openApiKeys"])
            asked = await _read(request)
            return await self._run(request, path, asked, roles=endpoint["roles"], key=key)
        except _RefusalError as refusal:
            return refusal.response

    async def answer_saved(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer ``/run/ID``, where a Query API endpoint has the statement."""
        try:
            path = self._find_endpoint(_id_of(request.path, "run"))
            key = self._authenticate(request)
            if path is None:
                raise _not_found()
            endpoint = self._world.store.document(path)
            self._check_bound(key, path[:-2], endpoint.get("apiKeyIds", ()))
            asked = await _read(request)
            asked |= {"sql": endpoint["sql"], "database": endpoint.get("database")}
            asked["queryVariables"] = endpoint["parameters"] | asked.get("queryVariables", {})
            roles = endpoint.get("roles", ())
            return await self._run(request, path[:-2], asked, roles=roles, key=key)
        except _RefusalError as refusal:
            return refusal.response

    def _find_service(self, service_id: str) -> Path | None:
        for organization in organizations(self._world):
            path = (*organization.path, "services", service_id)
            if self._world.store.peek(path) is not None:
                return path
        return None

    def _find_endpoint(self, endpoint_id: str) -> Path | None:
        for organization in organizations(self._world):
            for service_id in organization.collection("services"):
                collection = "services", service_id, "query-api-endpoints", endpoint_id
                path = (*organization.path, *collection)
                if self._world.store.peek(path) is not None:
                    return path
        return None

    def _authenticate(self, request: web.BaseRequest) -> Path | None:
        """Return where the API key of a request is; None for the emulator's token.

        Raises:
            _RefusalError: There is no key that works.
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
        raise _RefusalError(401, {"error": "Unauthorized"})

    def _check_bound(self, key: Path | None, service_path: Path, bound: Collection[str]) -> None:
        """Make sure that a key may use an endpoint, which lists the keys that may."""
        if key is None:
            return
        belongs = organization_at(self._world, key).path == service_path[: len(key) - 2]
        if not belongs or key[-1] not in bound:
            raise _RefusalError(403, {"error": "The API key is not allowed to use this endpoint"})

    async def _run(
        self,
        request: web.BaseRequest,
        path: Path,
        asked: JsonObject,
        *,
        roles: Collection[str],
        key: Path | None,
    ) -> web.StreamResponse:
        """Run a statement on a service, once that answers.

        Raises:
            _RefusalError: It does not.
        """
        if not isinstance(asked.get("sql"), str):
            raise _RefusalError(400, {"error": "sql: is required"})
        state = self._presence.state(path)
        if state == "idle" and request.headers.get("wake-service") != "true":
            raise _RefusalError(206, {"data": "Confirm wake service"})
        if state == "stopped" and key is None:
            raise _RefusalError(206, {"data": "Service is stopped"})
        try:
            async with asyncio.timeout(_TIME):
                service = await self._presence.answering(path)
            query = _query(request, asked, is_admin=_ADMIN in roles or key is None)
            return await self._gateway.run(path, service, request, query)
        except UnavailableError:
            raise _RefusalError(404, {"error": UNAVAILABLE}) from None
        except TimeoutError:
            raise _RefusalError(500, {"error": "Timeout error."}) from None
        except EngineLostError:
            raise _RefusalError(500, {"error": "Internal error."}) from None


def _query(request: web.BaseRequest, asked: JsonObject, *, is_admin: bool) -> Query:
    variables = asked.get("queryVariables") or {}
    parameters = {f"param_{name}": _text(value) for name, value in variables.items()}
    parameters |= {n: v for n, v in request.query.items() if n.startswith("param_")}
    if asked.get("database"):
        parameters["database"] = asked["database"]
    parameters["default_format"] = request.query.get("format") or asked.get("format") or _FORMAT
    return Query(
        parameters=parameters,
        body=asked["sql"].encode(),
        readonly=not is_admin,
        time=_TIME,
        explain=_explained,
    )


async def _read(request: web.BaseRequest) -> JsonObject:
    """Read the JSON body of a request, whatever type it says it has.

    Raises:
        _RefusalError: It is none.
    """
    body = await request.content.read()
    if not body:
        return {}
    try:
        asked: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        asked = None
    if not is_object(asked):
        raise _RefusalError(400, {"error": "The body must be a JSON object"})
    return asked


def _id_of(path: str, *words: str) -> str:
    """Return the id in a path: the segment that none of some words is.

    Raises:
        _RefusalError: The path has other words.
    """
    segments = path.strip("/").split("/")
    if len(segments) != len(words) + 1 or [segments[0], *segments[2:]] != list(words):
        raise _not_found()
    return segments[1]


def _text(value: object) -> str:
    """A value of JSON as the engine reads parameters."""
    if isinstance(value, list):
        return f"[{','.join(_literal(item) for item in value)}]"
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _literal(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return _text(value)


def _explained(status: int, code: str, text: str) -> web.StreamResponse:
    return _json(status, {"error": {"code": code, "details": text.strip()}})


def _not_found() -> _RefusalError:
    return _RefusalError(404, {"error": "Not found"})


def _json(status: int, body: Mapping[str, object]) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
