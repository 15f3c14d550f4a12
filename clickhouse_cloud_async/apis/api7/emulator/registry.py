"""The registry of this API's handlers, timers and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.registry import Registry

from .place import Place, place_at

if TYPE_CHECKING:
    from .call import Call

REGISTRY: Registry[Call, Place] = Registry(place_at, "application")

operation: Final = REGISTRY.operation
page: Final = REGISTRY.page
