"""The registry of this API's handlers, timers and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.registry import Registry

from .organization import Organization, organization_at, related_paths

if TYPE_CHECKING:
    from .call import Call

REGISTRY: Registry[Call, Organization] = Registry(organization_at, "service", related_paths)

operation: Final = REGISTRY.operation
timer: Final = REGISTRY.timer
page: Final = REGISTRY.page
on_create: Final = REGISTRY.on_create
on_state: Final = REGISTRY.on_state
on_change: Final = REGISTRY.on_change
