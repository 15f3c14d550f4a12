"""The actions on one resource that need no plan: adopt, forget and rename."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .engine import Engine


class AsyncResourceVerbs(ABC):
    """The actions on one resource that need no plan, for any API."""

    @property
    @abstractmethod
    def members(self) -> Sequence[AsyncAPIClient]:
        """The clients."""

    @property
    @abstractmethod
    def _engine(self) -> Engine:
        """The engine of the API, loaded when it is first used."""

    async def adopt(self, fleet: str, name: str, *, kind: str | None = None) -> str:
        """Add an existing resource to a fleet; it does not change otherwise.

        Args:
            fleet: The name of the fleet.
            name: Name or ID of the resource.
            kind: Its kind, whose resources must carry the mark of their fleet; None for the main
                kind of the API, such as ``services``.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind has no marks, it belongs to another fleet, or several
                resources have the name.
            NotFoundError: There is no such resource.
            CloudError: A request failed.
        """
        if not fleet:
            raise InvalidArgumentError("fleet: the name is empty")
        return await self._engine.mark(self.members, kind, name, fleet)

    async def forget(self, name: str, *, kind: str | None = None) -> str:
        """Remove a resource from its fleet; it does not change otherwise.

        Args:
            name: Name or ID of the resource.
            kind: As for `adopt`.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind has no marks, or several resources have the name.
            NotFoundError: There is no such resource.
            CloudError: A request failed.
        """
        return await self._engine.mark(self.members, kind, name, None)

    async def rename(self, name: str, new_name: str, *, kind: str | None = None) -> str:
        """Rename a resource; it keeps its ID, its contents and its fleet.

        Change its name in the document, too. Otherwise the next plan creates a new resource.

        Args:
            name: Name of the resource, after that of its parent and a slash if it has a parent; or
                its ID.
            new_name: Its new name.
            kind: Its kind, such as ``api_keys``; None for the main kind of the API, such as
                ``services``.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: The new name is in use or empty, names of this kind cannot be
                changed, or several resources have the old name.
            NotFoundError: There is no such resource.
            CloudError: A request failed.
        """
        return await self._engine.rename(self.members, kind, name, new_name)
