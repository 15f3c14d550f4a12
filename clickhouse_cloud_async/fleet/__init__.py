"""Many things as one: actions, reports, watches.

The modules of this package act on things of any API. Its public names, such as `AsyncFleet`, are
those of the API that this package began with; the stub file beside this one lists them.
"""

from clickhouse_cloud_async.apis import first_api_room


def __getattr__(name: str) -> object:
    """Load a public name when it is used."""
    value: object = getattr(first_api_room("fleet"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return dir(first_api_room("fleet"))
