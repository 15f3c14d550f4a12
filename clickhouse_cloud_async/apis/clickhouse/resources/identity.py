"""The identity of the credentials in use, and the rights that they must keep.

That no caller loses the right to continue is deduced: the API refuses some of these changes, and
carries out others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.models.access import Role, WhoamiApiKey, WhoamiUser
from clickhouse_cloud_async.apis.clickhouse.models.common import RoleType
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.desired.resource import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.desired.resource import Resource

ADMIN = "Admin"
"""The role of the platform with all permissions."""

HOLDER_TYPES = {"members": "user", "api_keys": "apiKey"}
"""The API's types of holders of roles, by kind."""


async def read_identity(cloud: AsyncClickHouseCloud) -> Identity | None:
    """Return the API key or the member that a client is; None if the API does not say.

    Args:
        cloud: The client.
    """
    try:
        found = await cloud.identity.whoami()
    except CloudError:
        return None  # the call is in beta, and a plan does not depend on it
    if isinstance(found, WhoamiApiKey) and found.key_id:
        return Identity("api_keys", found.key_id, found.name or "")
    if isinstance(found, WhoamiUser) and found.user_id:
        return Identity("members", found.user_id, (found.email or "").lower())
    return None


def depends_on(role: Role, identity: Identity | None, roles: Iterable[Resource[Role]]) -> bool:
    """Return whether an identity has a role, and is no admin besides.

    Args:
        role: The role.
        identity: The identity; None if it is unknown.
        roles: All roles.
    """
    if identity is None:
        return False
    holder = f"{HOLDER_TYPES[identity.kind]}/{identity.id}"
    is_admin = any(
        each.item.type == RoleType.SYSTEM
        and each.item.name == ADMIN
        and holder in (each.item.actors or ())
        for each in roles
    )
    return holder in (role.actors or ()) and not is_admin
