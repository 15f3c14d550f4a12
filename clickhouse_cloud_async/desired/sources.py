"""The files of a document: one, several, or those of folders."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .reading import read_file
from .validation import DescriptionError, ValidationIssue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .entry import Text

Source: TypeAlias = str | PathLike[str]
"""A file or a folder."""

SUFFIXES = frozenset({".yaml", ".yml"})
"""Suffixes of the files that are read from a folder."""


def read_sources(sources: Source | Iterable[Source]) -> list[Text]:
    """Read files, and the files in folders, in the order of their names.

    Args:
        sources: One or more files and folders. Of a folder, only files named ``*.yaml`` and
            ``*.yml`` are read; subfolders and hidden files are ignored.

    Returns:
        The content of the files, each with a separate error collector.

    Raises:
        DescriptionError: A file is not YAML or too large, or there are no files.
        OSError: A file cannot be read.
    """
    given = [sources] if isinstance(sources, str | PathLike) else list(sources)
    files = [file for source in given for file in _files(Path(source))]
    if not files:
        names = ", ".join(map(str, given)) or "no file given"
        raise DescriptionError([ValidationIssue("", f"there are no *.yaml files: {names}")])
    # A file that is named twice, for example also by its folder, is read once.
    unique: dict[Path, Path] = {}
    for file in files:
        unique.setdefault(file.resolve(), file)
    texts: list[Text] = []
    broken: list[ValidationIssue] = []
    for file in unique.values():
        try:
            texts.append(read_file(file))
        except DescriptionError as error:
            broken += error.issues
    if broken:
        raise DescriptionError(broken)
    return texts


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    return sorted(
        file
        for file in source.iterdir()
        if file.suffix in SUFFIXES and not file.name.startswith(".") and file.is_file()
    )
