"""The cost of importing the package, and its public names."""

from __future__ import annotations

import json

import pytest

import clickhouse_cloud_async
from clickhouse_cloud_async import models

from .processes import run_script

SCRIPT = """
import json, sys
{code}
print(json.dumps(sorted(sys.modules)))
"""

MODELS = "clickhouse_cloud_async.apis.clickhouse.models."
WAITING = "clickhouse_cloud_async.core.waiting."
HEAVY = {"aiohttp", "cattrs", "anyio", "orjson", "attr", "platformdirs", "asyncio"}


def loaded(code: str) -> set[str]:
    """The modules that are loaded after some code has run in a fresh interpreter."""
    outcome = run_script(SCRIPT.format(code=code))
    assert outcome.status == 0, outcome.err
    return set(json.loads(outcome.out.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import clickhouse_cloud_async",
        "from clickhouse_cloud_async import AsyncClickHouseCloud",
        "from clickhouse_cloud_async import ClickHouseCloud, NotFoundError, UNSET, Secret",
        "from clickhouse_cloud_async import AsyncClickHouseCloud as C; C('key', 'secret')",
        "import clickhouse_cloud_async.models",
        "import clickhouse_cloud_async.emulator",
    ],
)
def test_light_imports(code: str) -> None:
    """Neither the HTTP library nor the codec loads with an import, nor with making a client."""
    assert not loaded(code) & {"aiohttp", "cattrs"}


@pytest.mark.parametrize(
    "code",
    ["import clickhouse_cloud_async", "from clickhouse_cloud_async import AsyncClickHouseCloud"],
)
def test_lightest_imports(code: str) -> None:
    """Importing the client loads no dependency, no event loop and no model."""
    modules = loaded(code)

    assert not modules & HEAVY
    assert not [name for name in modules if name.startswith((MODELS, WAITING))]


def test_waits_load_when_one_is_used() -> None:
    """A namespace knows what can be waited for, and loads what waits with the first wait."""
    modules = loaded("import clickhouse_cloud_async.apis.clickhouse.operations.services")

    assert f"{WAITING}lifecycle" in modules
    assert f"{WAITING}wait" not in modules


@pytest.mark.parametrize(
    ("code", "areas"),
    [
        ("C('k', 's').organizations", {"organizations"}),
        ("C('k', 's').udfs", {"udfs"}),
        ("C('k', 's').backups", {"backups"}),
        ("C('k', 's').clickstack", set[str]()),
    ],
)
def test_models_load_by_area(code: str, areas: set[str]) -> None:
    """The models of an area load when that area is first used, and others stay away."""
    modules = loaded(f"from clickhouse_cloud_async import AsyncClickHouseCloud as C\n{code}")
    found = {name.removeprefix(MODELS) for name in modules if name.startswith(MODELS)}

    assert found >= areas
    assert "clickpipes" not in found
    assert "clickstack_dashboards" not in found


def test_one_model_loads_one_area() -> None:
    """Importing a model by name loads its own module and what that one refers to."""
    modules = loaded("from clickhouse_cloud_async.models import ApiKey")

    assert f"{MODELS}access" in modules
    assert f"{MODELS}clickpipes" not in modules


@pytest.mark.parametrize("name", clickhouse_cloud_async.__all__)
def test_public_names(name: str) -> None:
    """Every public name is there, and says where it belongs."""
    assert getattr(clickhouse_cloud_async, name) is not None
    assert name in dir(clickhouse_cloud_async)


def test_no_private_names() -> None:
    """The list of public names holds no other name, and none twice."""
    assert sorted(set(clickhouse_cloud_async.__all__)) == sorted(clickhouse_cloud_async.__all__)
    assert not [name for name in dir(clickhouse_cloud_async) if name.startswith("_clickhouse")]


def test_unknown_name() -> None:
    """A name that does not exist is an AttributeError."""
    with pytest.raises(AttributeError, match="'Nonsense'"):
        clickhouse_cloud_async.Nonsense  # type: ignore[attr-defined] # noqa: B018 - the point


def test_model_names() -> None:
    """Every model can be had by name, and is the same each time."""
    assert set(models.__all__) <= set(dir(models))
    assert [
        name for name in models.__all__ if getattr(models, name) is not getattr(models, name)
    ] == []


def test_unknown_model() -> None:
    """A model that does not exist is an AttributeError."""
    with pytest.raises(AttributeError, match="'Nonsense'"):
        models.Nonsense  # type: ignore[attr-defined] # noqa: B018 - the point
