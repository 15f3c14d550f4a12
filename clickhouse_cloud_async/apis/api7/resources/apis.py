"""APIs of applications as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.api7.models.apis import Api, ApiPatch, ApiSpec
from clickhouse_cloud_async.apis.api7.operations.apis import LIFECYCLE
from clickhouse_cloud_async.desired.comparison import as_outlined, as_set, keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created, Parent

from .fields import ACTIVE, DESCRIPTION, LABELS, POLICIES, entity_status, with_defaults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Status,
    )


def _with_slash(paths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return paths with a leading slash, which the API adds if it is missing."""
    return [{**each, "path": f"/{each.get('path', '').lstrip('/')}"} for each in paths]


class APIs(Kind[Api]):
    """APIs, each in an application, whose policies theirs override."""

    name: ClassVar[str] = "apis"
    noun: ClassVar[str] = "API"
    parent: ClassVar[Parent | None] = Parent("applications", "application")
    models: ClassVar[tuple[type[Model], ...]] = (ApiSpec, ApiPatch)
    ends_with_parent: ClassVar[bool] = False
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        DESCRIPTION,
        Field("paths", compare=keyed("path"), normalise=_with_slash),
        Field("methods", compare=as_set, default=[]),
        Field("strip_path_prefix", default=False),
        Field("fine_grained_route_control", compare=as_outlined),
        POLICIES,
        LABELS,
        ACTIVE,
    )
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["uninitialized"]

    async def list_items(self, location: Location) -> Sequence[Api]:
        """Return the APIs of an application."""
        return [each async for each in location.client.apis.iterate(location.parent_id)]

    async def create(self, creation: Creation) -> Created[Api]:
        """Create an API."""
        fields = with_defaults(self, creation.fields)
        return Created(await creation.client.apis.create(creation.parent_id, **fields))

    async def change(self, change: Change[Api]) -> Api | None:
        """Change the described fields, and keep all others."""
        api: Api = await change.client.apis.update(
            change.resource.parent_id, change.resource.id, **with_defaults(self, change.fields)
        )
        return api

    async def delete(self, resource: Resource[Api]) -> None:
        """Delete an API."""
        await resource.client.apis.delete(resource.parent_id, resource.id)

    def status(self, item: Api) -> Status:
        """Return whether gateways have received it."""
        return entity_status(LIFECYCLE, item.status)
