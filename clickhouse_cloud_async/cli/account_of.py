"""The settings of an API for the commands about an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.core.client import AsyncAPIClient


class Account(NamedTuple):
    """The settings of an API for the commands about an account.

    Attributes:
        load: Returns the class of its clients.
        identify: Returns the owner of a client's credentials.
        probe: Sends further reads, whose responses are checked for unknown fields and values.
    """

    load: Callable[[], type[AsyncAPIClient]]
    identify: Callable[[Any], Awaitable[Any]]
    probe: Callable[[Any], Awaitable[object]] | None = None
