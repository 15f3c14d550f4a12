"""Refuses changes that would remove the permission to continue from the credentials in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import attrs

from .kind_plan import KindPlan
from .plan import PlanAction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .handler import Context
    from .plan import ResourcePlan
    from .resource import Identity


ReadIdentity: TypeAlias = "Callable[[Any], Awaitable[Identity | None]]"
"""Returns the identity of a client; None if it cannot be determined."""


async def without_lockouts(
    items: Sequence[ResourcePlan], context: Context, read: ReadIdentity | None
) -> tuple[ResourcePlan, ...]:
    """Return a plan in which such changes are refused.

    A request for the identity is sent only if the plan changes a relevant resource.

    Args:
        items: The plan.
        context: Has the clients and the inventory.
        read: Reads the identity of a client; None if the API does not show it.
    """
    clients = {scope.id: scope.client for scope in context.scopes}
    identities: dict[str, Identity | None] = {}
    result: list[ResourcePlan] = []
    for item in items:
        if not _is_risky(item) or (resource := item.resource) is None:
            result.append(item)
            continue
        scope = item.organization_id
        if scope not in identities:
            identities[scope] = None if read is None else await read(clients[scope])
        siblings = context.inventory.of(item.kind, scope)
        reason = item.definition.lockout(resource, item.changes, identities[scope], siblings)
        if reason is not None:
            item = attrs.evolve(item, action=PlanAction.REFUSED, reason=reason, changes=())  # noqa: PLW2901 - its refusal
        result.append(item)
    return tuple(result)


def _is_risky(item: ResourcePlan) -> TypeGuard[KindPlan]:
    return (
        isinstance(item, KindPlan)
        and item.definition.guards_access
        and item.action in {PlanAction.CHANGE, PlanAction.REMOVE}
    )
