"""Actions on the services of many keys, carried out by the workers of a Dask cluster."""

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
