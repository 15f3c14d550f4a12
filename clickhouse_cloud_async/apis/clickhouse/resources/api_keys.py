"""API keys as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.access import (
    ApiKey,
    ApiKeyPatchRequest,
    ApiKeyPostRequest,
)
from clickhouse_cloud_async.core.client import identity_of
from clickhouse_cloud_async.desired.comparison import as_set, keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.plain import instant
from clickhouse_cloud_async.desired.resource import Created

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


def _role_ids(key: ApiKey) -> list[str]:
    return [role.role_id for role in key.assigned_roles or ()]


_HARMLESS = frozenset(("name", "expire_at"))
"""Fields of the key in use that a change with that key may contain."""


class APIKeys(Kind[ApiKey]):
    """API keys; the outcome of a new one contains its secret."""

    name: ClassVar[str] = "api_keys"
    noun: ClassVar[str] = "API key"
    models: ClassVar[tuple[type[Model], ...]] = (ApiKeyPostRequest, ApiKeyPatchRequest)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field("state"),
        Field("expire_at", normalise=lambda value: instant(value) or None),
        Field(
            "roles",
            argument="assigned_role_ids",
            read=_role_ids,
            refers_to="roles",
            compare=as_set,
        ),
        Field("ip_access_list", compare=keyed("source")),
        Field("hash_data", change=None, is_secret=True),
    )
    lost_secret: ClassVar[str | None] = (
        "its secret was in a lost response: delete the key and apply again"  # noqa: S105 - words
    )

    async def list_items(self, location: Location) -> Sequence[ApiKey]:
        """Return the API keys of the organisation."""
        keys: Sequence[ApiKey] = await location.client.api_keys.list(
            organization_id=location.scope.id
        )
        return keys

    async def create(self, creation: Creation) -> Created[ApiKey]:
        """Create an API key."""
        response = await creation.client.api_keys.create(
            **creation.fields, organization_id=creation.scope.id
        )
        return Created(response.key, response)

    async def change(self, change: Change[ApiKey]) -> ApiKey | None:
        """Change an API key."""
        key: ApiKey = await change.client.api_keys.update(
            change.resource.id, **change.fields, organization_id=change.scope.id
        )
        return key

    async def delete(self, resource: Resource[ApiKey]) -> None:
        """Delete an API key."""
        await resource.client.api_keys.delete(resource.id, organization_id=resource.scope.id)

    def refusal(self, resource: Resource[ApiKey], changes: Sequence[FieldChange]) -> str | None:
        """Return why a change would lock out the key that sends it.

        The API shows only the last characters of a key. If another key has the same ones, its
        changes are refused, too.
        """
        suffix = resource.item.key_suffix
        is_own = bool(suffix) and identity_of(resource.client).endswith(str(suffix))
        is_harmless = bool(changes) and {each.field for each in changes} <= _HARMLESS
        if not is_own or is_harmless:
            return None
        return "it is the key in use, which would lock itself out: use another key for that"

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields, including the access list, without which a key is unusable."""
        addresses = () if "ip_access_list" in fields else ("ip_access_list",)
        return (*super().missing(fields), *addresses)
