"""An API of the tests' own, beside the packaged one, for the same generator."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async import apis
from clickhouse_cloud_async.codegen import __main__ as command_line
from clickhouse_cloud_async.codegen import generate as generating
from clickhouse_cloud_async.core import contract

if TYPE_CHECKING:
    import pytest

SOURCE = Path(__file__).parent / "library"
SPECIFICATION = SOURCE / "openapi.yaml"

CLIENT = '''
"""The async client of the library."""

from clickhouse_cloud_async.core.api import API
from clickhouse_cloud_async.core.auth import BEARER, KEY_PAIR, basic_auth
from clickhouse_cloud_async.core.client import AsyncAPIClient

from .namespaces import AsyncNamespaces


class AsyncLibrary(AsyncAPIClient, AsyncNamespaces):
    """The library: its books and its state."""

    _api = API(
        name="library",
        title="the library",
        base_url="https://library.example",
        version_path="/v2",
        env_prefix="LIBRARY",
        config_folder="library",
        credentials=(KEY_PAIR._replace(others={"card": basic_auth}), BEARER),
    )
'''


@attrs.frozen
class ForeignAPI:
    """The folder of the tests' own API.

    Attributes:
        folder: Where its contract, overlay and generated code are.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Name of the folder, which is the API's name for the generator."""
        return self.folder.name

    def run(self, *arguments: str | Path) -> int:
        """Run a command of the generator for this API."""
        return command_line.main([*map(str, arguments), "--api", self.name])

    def change(self, file: str, old: str, new: str) -> None:
        """Replace a part of a file, which has to be there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def module(self, name: str) -> Any:
        """Import one of the generated modules."""
        return importlib.import_module(f"clickhouse_cloud_async.apis.{self.name}.{name}")

    def forget(self) -> None:
        """Forget what was imported."""
        package = f"clickhouse_cloud_async.apis.{self.name}"
        for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
            del sys.modules[name]


def make_foreign_api(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ForeignAPI:
    """Set up the tests' own API, imported but not generated yet.

    Args:
        folder: An empty folder to put it into.
        monkeypatch: What points the generator there for the length of a test.
    """
    package = folder / "clickhouse_cloud_async"
    home = package / "apis"
    monkeypatch.setattr(contract, "APIS", home)
    monkeypatch.setattr(generating, "APIS", home)
    monkeypatch.setattr(command_line, "APIS", home)
    monkeypatch.setattr(apis, "__path__", [*apis.__path__, str(home)])
    package.mkdir()
    (package / "core").symlink_to(Path(contract.__file__).parent)
    api = ForeignAPI(home / "library")
    shutil.copytree(SOURCE / "overlay", api.folder / "overlay")
    (api.folder / "__init__.py").write_text('"""The library."""\n', encoding="utf-8")
    (api.folder / "client.py").write_text(CLIENT.lstrip(), encoding="utf-8")
    assert api.run("import", SPECIFICATION) == 0
    return api
