"""Fleets: many instances of Omnistrate, of one client or of several.

The stub file of this module lists its public names for type checkers.
"""

from importlib import import_module

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


def __getattr__(name: str) -> object:
    """Load a public name when it is used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_MODULES)
