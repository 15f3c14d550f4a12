"""What the commands about an account have to know of an API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.core.client import AsyncAPIClient


class Account(NamedTuple):
    """What the commands about an account have to know of an API.

    Attributes:
        load: Returns the class of its clients.
        identify: Asks the API whose credentials a client has.
        probe: Makes further reads, whose responses may have what this version does not know.
    """

    load: Callable[[], type[AsyncAPIClient]]
    identify: Callable[[Any], Awaitable[Any]]
    probe: Callable[[Any], Awaitable[object]] | None = None
