"""IDs that never existed, which the live API distinguishes from those of deleted resources.

It is deduced that a malformed ID is refused in the same way as one that never existed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.transitions import GONE

from .organization import ORGANIZATIONS
from .registry import on_state

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .organization import Organization

_DELETED = "_deleted"
"""The collection of the IDs of deleted resources."""

_KINDS = (("serviceId", "services", "service"), ("postgresId", "postgres", "Postgres service"))


def check_organization_id(world: World, organization_id: str) -> None:
    """Refuse the ID of an organisation that never existed; organisations are never deleted.

    Raises:
        Problem: 400 for such an ID, in live mode.
    """
    if world.is_live and organization_id not in world.store.collection(ORGANIZATIONS):
        raise bad_request("BAD_REQUEST: Invalid organization id")


def check_ids(context: Context) -> None:
    """Refuse ids in the path of a request that never belonged to a service.

    Raises:
        Problem: 400 for such an ID, in live mode; deleted resources lead to 404 later on.
    """
    if not context.world.is_live:
        return
    store = context.world.store
    organization = context.path[: len(ORGANIZATIONS) + 1]
    for parameter, collection, what in _KINDS:
        identity = context.parameters.get(parameter)
        if identity is None or store.peek((*organization, collection, identity)) is not None:
            continue
        if store.peek((*organization, _DELETED, identity)) is None:
            raise bad_request(f"BAD_REQUEST: Invalid {what} id")


@on_state("service")
@on_state("postgres")
def _note_end(organization: Organization, path: Path, state: str) -> None:
    if state == GONE:
        organization.world.store.put((*organization.path, _DELETED, path[-1]), {})
