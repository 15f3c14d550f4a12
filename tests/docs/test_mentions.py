"""The documentation names existing things only, and everything that readers need."""

from __future__ import annotations

import re
import tomllib
from functools import reduce
from importlib.metadata import metadata
from itertools import chain
from typing import TYPE_CHECKING

import pytest

import clickhouse_cloud_async
from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.apis.api7 import AsyncAPI7Cloud
from clickhouse_cloud_async.apis.clickhouse.namespaces import AsyncNamespaces
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate

from .pages import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACES = sorted(name for name in vars(AsyncNamespaces) if not name.startswith("_"))

_CLIENTS = {
    "api7.md": AsyncAPI7Cloud("e30.e30.x"),
    "omnistrate.md": AsyncOmnistrate("key"),
}
"""The clients that pages are about, where that is not the one of ClickHouse Cloud."""

_ON_A_CLIENT = re.compile(r"\bcloud\.((?:\w+\.)*\w+)\b(?=\()")
_IN_PROSE = re.compile(rf"`(?:cloud\.)?((?:{'|'.join(NAMESPACES)})(?:\.\w+)+)[`(]")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_PACKAGE_PATH = re.compile(r"\b((?:apis|cli|codegen|core|emulator)/[\w/.]*\.(?:py|toml|json))\b")


def _mentioned(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    return {*_ON_A_CLIENT.findall(text), *_IN_PROSE.findall(text)}


@pytest.mark.parametrize("page", [p for p in PAGES if _mentioned(p)], ids=lambda page: page.name)
def test_every_method_that_a_page_names_exists(page: Path) -> None:
    """What a page calls on a client, or names in prose, is an attribute of the client."""
    client = _CLIENTS.get(page.name, AsyncClickHouseCloud("key", "secret"))
    for path in sorted(_mentioned(page)):
        reduce(getattr, path.split("."), client)


def test_the_pages_name_many_methods() -> None:
    """The expressions that look for names find them."""
    assert {"services.list", "api_keys.iterate", "services.get_by_name", "udfs.create"} <= {
        name for page in PAGES for name in _mentioned(page)
    }


def test_every_file_that_the_architecture_names_exists() -> None:
    """Paths below the package in the architecture lead to files."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = set(_PACKAGE_PATH.findall(text))
    assert "core/building.py" in paths
    assert not [path for path in paths if not (ROOT / "clickhouse_cloud_async" / path).is_file()]


def test_every_test_that_a_page_names_exists() -> None:
    """A page that says how something is shown leads to a test."""
    named = {found for page in PAGES for found in _TEST.findall(page.read_text(encoding="utf-8"))}
    assert ("tests/client/test_profiles.py", "test_unreadable") in named
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not missing


def test_every_public_name_is_documented() -> None:
    """Each name that the package exports stands on a page."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [name for name in clickhouse_cloud_async.__all__ if f"`{name}`" not in text]
    assert not missing


def test_every_dependency_has_its_reason() -> None:
    """`dependencies.md` has a row for each requirement in `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    requirements = [*project["dependencies"], *extras]
    names = {re.split(r"[\[<>=]", requirement)[0].lower() for requirement in requirements}
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    explained = set(re.findall(r"\[([\w-]+)\]\(http", page))
    assert names - {project["name"]} <= explained


def test_the_changelog_has_the_present_version() -> None:
    """The newest section of the changelog is the version that the package says it is."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (
        re.findall(r"^## \[([^]]+)\]", text, re.MULTILINE)[0] == clickhouse_cloud_async.__version__
    )


def test_the_package_index_shows_no_link_to_a_file() -> None:
    """There the README stands alone; its links to other pages become their names."""
    text = str(metadata("clickhouse-cloud-async").json["description"])
    assert "chcloud demo" in text
    assert "docs/fleets.md" in text
    assert re.findall(r"\]\((?!https?:)[^)]*\)", text) == []


def test_messages_of_errors_are_the_package_s_own() -> None:
    """A search of the page for a message finds its words."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").partition("## By message")[2]
    source = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "clickhouse_cloud_async").rglob("*.py")
    )
    messages = re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    assert len(messages) > 10
    parts = [part.strip() for message in messages for part in message.split("...")]
    assert [part for part in parts if part not in source] == []
