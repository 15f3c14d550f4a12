"""Fleets whose actions the workers of a Dask cluster carry out.

The public names are those of the first API of this package, as in the parent package.
"""

from clickhouse_cloud_async.apis import first_api_room


def __getattr__(name: str) -> object:
    """Load a public name when it is used."""
    value: object = getattr(first_api_room("fleet.dask"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return dir(first_api_room("fleet.dask"))
