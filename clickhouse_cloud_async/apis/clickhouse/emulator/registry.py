"""The functions that make up this API: what answers operations, and what happens by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.registry import Registry

from .organization import Organization, organization_at, related_paths

if TYPE_CHECKING:
    from .call import Call

REGISTRY: Registry[Call, Organization] = Registry(organization_at, "service", related_paths)

operation = REGISTRY.operation
timer = REGISTRY.timer
page = REGISTRY.page
on_create = REGISTRY.on_create
on_state = REGISTRY.on_state
on_change = REGISTRY.on_change
