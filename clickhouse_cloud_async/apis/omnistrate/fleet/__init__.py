"""Omnistrate's instances as one thing: many of them, of one client or of several."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.sync.fleet import Fleet
    from clickhouse_cloud_async.apis.omnistrate.sync.selection import Selection

    from .criteria import Criteria
    from .events import InstanceEvent
    from .fleet import AsyncFleet
    from .instance import AsyncFleetInstance
    from .selection import AsyncSelection
    from .sync_fleet import FleetInstance

__all__ = [
    "AsyncFleet",
    "AsyncFleetInstance",
    "AsyncSelection",
    "Criteria",
    "Fleet",
    "FleetInstance",
    "InstanceEvent",
    "Selection",
]

_SYNC = "clickhouse_cloud_async.apis.omnistrate.sync"
_MODULES = {
    "AsyncFleet": ".fleet",
    "AsyncFleetInstance": ".instance",
    "AsyncSelection": ".selection",
    "Criteria": ".criteria",
    "Fleet": f"{_SYNC}.fleet",
    "FleetInstance": ".sync_fleet",
    "InstanceEvent": ".events",
    "Selection": f"{_SYNC}.selection",
}


if not TYPE_CHECKING:
    # Type checkers would take every misspelt name for one that is there.

    def __getattr__(name: str) -> object:
        """Load a public name when it is used."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
