"""Looks at what is waited for, once for all who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.errors import ClickHouseCloudError

    from .lifecycle import Lifecycle
    from .wait import Path

T = TypeVar("T")


@attrs.frozen
class Round(Generic[T]):
    """A look at all things under one parent.

    Attributes:
        items: What there is, by id; the same object as in the round before where nothing has
            changed, and so are single items. Where the look failed, what there was before.
        at: When the answer came.
        error: Why the look failed; None where it did not.
    """

    items: Mapping[str, T]
    at: datetime
    error: ClickHouseCloudError | None


class Poller(Generic[T]):
    """Looks at the things of one kind under one parent, while somebody waits for any of them.

    Attributes:
        requests: How many requests it has sent.
    """

    requests: int

    def rounds(self, *, every: float) -> AsyncIterator[Round[T]]:
        """Yield looks at everything, from the first that begins after this call.

        Args:
            every: Seconds from one look to the next; others may make them more frequent, and the
                rate budget less.

        Raises:
            ClickHouseCloudError: Looking makes no sense any more, such as without permission.
        """
        raise NotImplementedError


async def poller_of(caller: Caller, lifecycle: Lifecycle[T], path: Path) -> Poller[T]:
    """The one poller that a client has for the things of one kind under one parent.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of things they are.
        path: Value of each path parameter of the list; the scope may be None.
    """
    raise NotImplementedError
