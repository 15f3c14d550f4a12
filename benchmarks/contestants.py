"""The measured clients: the floor, this package, and the peer, with imports of their own."""

from __future__ import annotations

import base64
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from .places import ORGANIZATION, SERVICE, SERVICE_PATH, list_path, organization_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.core.values import Secret

KEY, SECRET = "benchmark", "4b1d-not-a-secret"  # the server ignores it
TIMEOUT = 600.0
"""Timeout of a call: 1,000 in flight are a long queue for the peer on a slow machine."""

PEER = "open_api_spec_for_click_house_cloud"
"""Package of the distribution ``ch-apimatic-sdk``."""


class Contestant(Protocol):
    """An async client of the API."""

    async def get(self) -> object:
        """Get one service."""

    async def list(self, size: int) -> object:
        """Get a list of services."""

    async def close(self) -> None:
        """Close the connections."""


class SyncContestant(Protocol):
    """A sync client of the API."""

    def get(self) -> object:
        """Get one service."""

    def close(self) -> None:
        """Close the connections."""


class Floor:
    """Plain aiohttp and orjson: the minimum for clients that are built on them.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        import aiohttp
        import orjson

        self._loads = orjson.loads
        self._session = aiohttp.ClientSession(auth=aiohttp.BasicAuth(KEY, SECRET))
        self._url = url

    async def get(self) -> object:
        """Get one service."""
        return await self._json(SERVICE_PATH)

    async def list(self, size: int) -> object:
        """Get a list of services."""
        return await self._json(list_path(size))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def body(self, size: int) -> bytes:
        """Return the body of a list of services."""
        async with self._session.get(self._url + list_path(size)) as answer:
            return await answer.read()

    async def _json(self, path: str) -> object:
        async with self._session.get(self._url + path) as answer:
            return self._loads(await answer.read())


class Ours:
    """This package with default settings, except for the timeout.

    Args:
        url: URL of the server.
        hooks: Further settings of the client.
    """

    def __init__(self, url: str, **hooks: Any) -> None:
        from clickhouse_cloud_async import AsyncClickHouseCloud

        self.client = AsyncClickHouseCloud(
            KEY, SECRET, organization_id=ORGANIZATION, base_url=url, timeout=TIMEOUT, **hooks
        )

    async def get(self) -> object:
        """Get one service."""
        return await self.client.services.get(SERVICE)

    async def list(self, size: int) -> object:
        """Get a list of services."""
        return await self.client.services.list(organization_id=organization_of(size))

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()


class Watched(Ours):
    """This package with both hooks in use.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        self.seen = 0
        super().__init__(url, on_request=self._count, on_response=self._count)

    def _count(self, _: object) -> None:
        self.seen += 1


class Bare(Ours):
    """This package without rate limit, retries, hooks and statistics: a call is only sent.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        caller = self.client._caller  # noqa: SLF001  # no option leaves all of them out
        header = _header()
        setattr(caller._sender, "send", lambda call: caller.transport.send(call.request, header))  # noqa: B010, SLF001


class Sent(Ours):
    """Only this package's connections: one fixed request, whose response is not parsed.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        from clickhouse_cloud_async.core.messages import Request
        from clickhouse_cloud_async.core.operation import Operation

        super().__init__(url)
        self._transport = self.client._caller.transport  # noqa: SLF001  # no option leaves the rest out
        operation = Operation[Any]("", "GET", SERVICE_PATH)
        self._request = Request(operation, self.client._caller.api, SERVICE_PATH)  # noqa: SLF001
        self._header = _header()

    async def get(self) -> object:
        """Get one service."""
        return (await self._transport.send(self._request, self._header)).body


class Parsed(Sent):
    """This package's connections, and its parser.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        import orjson

        super().__init__(url)
        self._loads = orjson.loads

    async def get(self) -> object:
        """Get one service."""
        return self._loads((await self._transport.send(self._request, self._header)).body)


class Peer:
    """The alternative SDK.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        self._client = import_module(PEER).AsyncClient(
            base_url=url, timeout=TIMEOUT, basic_auth=_pair()
        )

    async def get(self) -> object:
        """Get one service."""
        return await self._client.service_api.instance_get(UUID(ORGANIZATION), UUID(SERVICE))

    async def list(self, size: int) -> object:
        """Get a list of services."""
        return await self._client.service_api.instance_get_list(UUID(organization_of(size)))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class OursSync:
    """The sync facade of this package.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        from clickhouse_cloud_async import ClickHouseCloud

        self._client = ClickHouseCloud(KEY, SECRET, organization_id=ORGANIZATION, base_url=url)

    def get(self) -> object:
        """Get one service."""
        return self._client.services.get(SERVICE)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class PeerSync:
    """The sync client of the peer.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        self._client = import_module(PEER).Client(base_url=url, basic_auth=_pair())

    def get(self) -> object:
        """Get one service."""
        return self._client.service_api.instance_get(UUID(ORGANIZATION), UUID(SERVICE))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _header() -> Secret:
    """Return the Authorization header that this package would send."""
    from clickhouse_cloud_async.core.values import Secret

    return Secret(f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}")


def _pair() -> object:
    return import_module(f"{PEER}.core").BasicAuthCredentials(username=KEY, password=SECRET)


ASYNC: dict[str, Callable[[str], Contestant]] = {
    "floor": Floor,
    "ours": Ours,
    "watched": Watched,
    "bare": Bare,
    "sent": Sent,
    "parsed": Parsed,
    "peer": Peer,
}
SYNC: dict[str, Callable[[str], SyncContestant]] = {"ours": OursSync, "peer": PeerSync}
