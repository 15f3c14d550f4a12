"""Actions on the instances of many accounts, carried out by the workers of a Dask cluster."""

from .fleet import AsyncDaskFleet, AsyncDaskSelection
from .keys import ClientOptions, FleetKey
from .sync_fleet import DaskFleet, DaskSelection

__all__ = [
    "AsyncDaskFleet",
    "AsyncDaskSelection",
    "ClientOptions",
    "DaskFleet",
    "DaskSelection",
    "FleetKey",
]
