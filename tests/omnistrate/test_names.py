"""Public names of Omnistrate's package, and the modules that its import loads."""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import pytest

from clickhouse_cloud_async.apis import omnistrate
from clickhouse_cloud_async.apis.omnistrate import fleet
from tests.contract.apis import OMNISTRATE

NAMES = dict(
    line.split()
    for line in (Path(__file__).parent / "names.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
"""The operation of each method."""


def test_every_operation_has_the_method_of_its_name() -> None:
    """All 292 documented operations and the 15 later ones are methods of both clients."""
    operations = OMNISTRATE.samples.contract.operations
    later = {name for name, each in operations.items() if "x-not-in-seed" in each.facts}
    methods = OMNISTRATE.async_methods

    assert len(NAMES) == 307
    assert len(operations.keys() - later) == 292
    assert set(NAMES.values()) == operations.keys()
    for name, operation in NAMES.items():
        found = methods[name].operation
        assert found is not None
        assert found.id == operation
    assert NAMES.keys() <= OMNISTRATE.sync_methods.keys()


@pytest.mark.parametrize("package", [omnistrate, fleet])
def test_public_names(package: object) -> None:
    """Every public name is there, and another one is an AttributeError."""
    for name in dir(package):
        assert name == "models" or getattr(package, name) is not None
    with pytest.raises(AttributeError, match="'Nonsense'"):
        package.Nonsense  # type: ignore[attr-defined] # noqa: B018 - the point


@functools.cache
def loaded(code: str) -> frozenset[str]:
    """The modules that are loaded after some code has run in a fresh interpreter."""
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return frozenset(done.stdout.split())


def test_import_of_the_client_is_light() -> None:
    """Importing and making a client loads no dependency, no event loop and no operation."""
    modules = loaded(
        "from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate\nAsyncOmnistrate('key')"
    )
    heavy = {"aiohttp", "cattrs", "anyio", "orjson", "asyncio"}
    room = "clickhouse_cloud_async.apis.omnistrate."

    assert not modules & heavy
    assert not {name for name in modules if name.startswith((f"{room}models", f"{room}operations"))}


def test_import_of_another_client_loads_nothing_of_it() -> None:
    """Who uses another API does not pay for this one."""
    modules = loaded(
        "from clickhouse_cloud_async import AsyncClickHouseCloud\n"
        "AsyncClickHouseCloud('key', 'secret').services"
    )

    assert not {name for name in modules if "omnistrate" in name}
