"""Actions on many resources at once, their reports, and watches.

The modules of this package act on resources of any API. Its public names, such as `AsyncFleet`,
belong to the first API of this package; the stub file of this module lists them.
"""

from clickhouse_cloud_async.apis import first_api_room


def __getattr__(name: str) -> object:
    """Load a public name when it is used."""
    value: object = getattr(first_api_room("fleet"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return dir(first_api_room("fleet"))
