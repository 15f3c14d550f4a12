"""The files that a document is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.desired.reading import MAX_BYTES
from clickhouse_cloud_async.desired.sources import read_sources
from clickhouse_cloud_async.desired.validation import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clickhouse_cloud_async.desired.sources import Source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files that belong to a document, and others that do not."""
    for name in ("b.yaml", "a.yml", ".hidden.yaml", "readme.md", "below/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"name: {name}")
    (tmp_path / "folder.yaml").mkdir()
    return tmp_path


def _names(sources: Source | Iterable[Source]) -> list[str]:
    return [text.value["name"] for text in read_sources(sources)]


def test_folder(folder: Path) -> None:
    """Of a folder all YAML files are read, in the order of their names, and none below it."""
    assert _names(folder) == ["a.yml", "b.yaml"]
    assert _names(str(folder / "below")) == ["below/c.yaml"]


def test_several(folder: Path) -> None:
    """Files and folders are read in the order in which they are given, each file once."""
    given = [folder / "below", folder / "b.yaml", folder, folder / "readme.md"]
    assert _names(given) == ["below/c.yaml", "b.yaml", "a.yml", "readme.md"]


def test_nothing_to_read(folder: Path) -> None:
    """A folder without files, and no name at all, are mistakes."""
    with pytest.raises(DescriptionError, match=r"there are no \*\.yaml files: .*folder\.yaml"):
        read_sources(folder / "folder.yaml")
    with pytest.raises(DescriptionError, match="no file given"):
        read_sources([])
    with pytest.raises(FileNotFoundError):
        read_sources(folder / "missing.yaml")


def test_files_that_cannot_be_read(folder: Path) -> None:
    """The mistakes of all files that are no YAML are told together."""
    (folder / "a.yml").write_bytes(b"x" * (MAX_BYTES + 1))
    (folder / "b.yaml").write_text("a: *b")

    with pytest.raises(DescriptionError) as caught:
        read_sources(folder)

    large, alias = map(str, caught.value.issues)
    assert large.startswith(f"{folder / 'a.yml'}: this is larger than 8 MiB")
    assert alias.startswith(f"{folder / 'b.yaml'}:1: a: aliases are not supported")
