"""Base of the kinds whose resources belong to a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import ServiceState
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Change, Parent

from .secret_versions import note, noted_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.desired.resource import Location, Resource

T = TypeVar("T")

DOWN = frozenset({"stopped"}) | LIFECYCLE.leading_to({"stopped"})
"""States of services that are stopped or stopping."""

_COMING = LIFECYCLE.dormant | LIFECYCLE.leading_to({ServiceState.RUNNING}) | {ServiceState.RUNNING}


class InService(Kind[T]):
    """A kind of resources that belong to a service."""

    parent: ClassVar[Parent | None] = Parent("services", "service")
    keeps_versions: ClassVar[bool] = True
    names_versions: ClassVar[bool] = True

    def sent_version(self, resource: Resource[T]) -> str | None:
        """Return the version of its secrets from a tag of the service."""
        return noted_version(resource)

    async def note_version(
        self, resource: Resource[T], version: str | None, former: Resource[T] | None = None
    ) -> None:
        """Store the version of its secrets in a tag of the service."""
        await note(resource, version, former)

    async def wake_parent(self, parent: Resource[Any]) -> bool:
        """Wake an idle service, or wait for one that is about to run; a stopped one stays so."""
        service = await parent.client.services.get(parent.id, organization_id=parent.scope.id)
        if service.state not in _COMING:
            return False
        await wake(parent)
        return True


async def wake(service: Resource[Any]) -> None:
    """Wait until a service runs, and wake it if it is idle.

    Args:
        service: The service, which is not stopped.

    Raises:
        CloudError: It does not come up.
    """
    await service.client.services.wait_until(
        service.id, ServiceState.RUNNING, wake=True, organization_id=service.scope.id
    )


def known(items: Iterable[T]) -> list[T]:
    """Return the items of known variants; others must not be changed.

    Args:
        items: Items of which some may be plain mappings, as the API sent them.
    """
    return [item for item in items if isinstance(item, Model)]


async def in_full(kind: Kind[T], change: Change[T]) -> Change[T]:
    """Return a change of a resource whose item has all fields.

    A request that replaces a resource needs the fields that lists omit.

    Args:
        kind: Its kind.
        change: The change.
    """
    item = await kind.get(change.resource)
    if item is None:
        return change
    return attrs.evolve(change, resource=attrs.evolve(change.resource, item=item))


def service_of(place: Location | Resource[Any] | Change[Any]) -> dict[str, str]:
    """Return the arguments of a call for the service and its organisation.

    Args:
        place: The location of a resource, the resource, or a change of it.
    """
    held = place.resource if isinstance(place, Change) else place
    assert held.parent is not None, "resources of services have a parent"
    return {"service_id": held.parent.id, "organization_id": held.scope.id}
