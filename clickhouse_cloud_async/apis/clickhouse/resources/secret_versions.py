"""Versions of secrets, stored in tags of the service to which the resource belongs.

The API shows no secrets. A tag of the service contains the version that was sent last. The list of
services includes it, so that reading it takes no extra request.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from .checking import SECRET_TAG

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.resource import Resource

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}(?:/[A-Za-z0-9_-]{1,32})?")


def noted_version(resource: Resource[Any]) -> str | None:
    """Return the version of a resource's secrets that its service stores.

    Args:
        resource: The resource.
    """
    return None if resource.parent is None else _tags(resource.parent).get(_key(resource))


async def note(
    resource: Resource[Any], version: str | None, former: Resource[Any] | None = None
) -> None:
    """Store the version of the secrets that a resource was sent, or remove it.

    Args:
        resource: The resource.
        version: The version; None to remove it.
        former: The resource with its former name, whose version is removed; None if it was not
            renamed.

    Raises:
        CloudError: The API cannot be reached, or refuses.
    """
    service, key = resource.parent, _key(resource)
    assert service is not None, "resources of services have a parent"
    there = _tags(service)
    old = {key} if former is None else {key, _key(former)}
    await resource.client.services.update(
        service.id,
        tags={
            "remove": [{"key": each, "value": there[each]} for each in sorted(old & there.keys())],
            "add": [] if version is None else [{"key": key, "value": version}],
        },
        organization_id=resource.scope.id,
    )


def _tags(service: Resource[Any]) -> dict[str, str | None]:
    return {tag.key: tag.value for tag in service.item.tags or ()}


def _key(resource: Resource[Any]) -> str:
    """Return the key of the tag, which allows few characters."""
    name = resource.name or resource.kind
    if not _PLAIN.fullmatch(name):
        name = sha256(name.encode()).hexdigest()[:32]
    return f"{SECRET_TAG}{resource.kind}.{name.replace('/', '.')}"
