"""Lists that several resources share, so that no list is requested twice concurrently."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .kind import Kind
    from .resource import Location


@attrs.define(eq=False)
class _Slot:
    lock: asyncio.Lock = attrs.Factory(asyncio.Lock)
    next: asyncio.Task[Sequence[Any]] | None = None


class Lists:
    """Reads lists for resources that are being followed.

    A list request in flight may show the state before a caller's own change. So a caller gets the
    next list, which is requested after that one, and shares it with all callers that wait for it.
    """

    def __init__(self) -> None:
        self._slots: defaultdict[tuple[str, str, str], _Slot] = defaultdict(_Slot)
        # A shared list is not counted for any single resource.
        self._context = copy_context()

    async def fresh(self, kind: Kind[Any], location: Location) -> Sequence[Any]:
        """Return the items of a location from a list that is requested after the call.

        Args:
            kind: Their kind.
            location: The location.

        Raises:
            CloudError: They could not be listed.
        """
        parent = "" if location.parent is None else location.parent.id
        slot = self._slots[kind.name, location.scope.id, parent]
        if slot.next is None:
            slot.next = asyncio.create_task(
                self._read(slot, kind, location), context=self._context.copy()
            )
        # Shielded, because a cancelled caller must not cancel the list for the others.
        return await asyncio.shield(slot.next)

    @staticmethod
    async def _read(slot: _Slot, kind: Kind[Any], location: Location) -> Sequence[Any]:
        async with slot.lock:
            slot.next = None
            return await kind.list_items(location)
