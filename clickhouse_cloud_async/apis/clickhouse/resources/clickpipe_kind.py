"""Base of the kinds of ClickPipes, whose service must run even for reads."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.core.errors import FailedDependencyError

from .in_service import DOWN, InService, wake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.desired.resource import Location, Resource

T = TypeVar("T")


class ClickPipeKind(InService[T]):
    """A kind of resources that the API shows only while their service runs."""

    needs_parent_up: ClassVar[bool] = True

    async def list_items(self, location: Location) -> Sequence[T]:
        """Return the items of a service, which is woken if it is idle."""
        try:
            return await self.list_running(location)
        except FailedDependencyError:
            assert location.parent is not None
            if location.parent.item.state != ServiceState.IDLE:
                raise
            await wake(attrs.evolve(location.parent, scope=location.scope))
        return await self.list_running(location)

    @abstractmethod
    async def list_running(self, location: Location) -> Sequence[T]:
        """Return the items of a running service.

        Args:
            location: The service.
        """

    def hidden_by(self, parent: Resource[Any]) -> str | None:
        """Return the reason if the service is stopped, and therefore does not show them."""
        if parent.item.state not in DOWN:
            return None
        return f"service {parent.name!r} is stopped, and shows its ClickPipes only while it runs"

    def would_wake(self, parent: Resource[Any]) -> str | None:
        """Return the reason if the service is idle: a read would wake it, which costs money."""
        if parent.item.state != ServiceState.IDLE:
            return None
        return f"service {parent.name!r} is idle, and reading its ClickPipes would wake it"
