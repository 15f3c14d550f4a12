"""Changes of the profile file, which preserve its comments and permissions."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.profiles import CHOICE, DEFAULT_PROFILE, profile_names

from .owner_files import open_for_owner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tomlkit import TOMLDocument

_FOLDER_FOR_OWNER = 0o700


def write_profile(path: Path, name: str, values: Mapping[str, str]) -> None:
    """Write a profile; one of that name is replaced.

    Args:
        path: The profile file, which is created if it does not exist.
        name: Name of the profile.
        values: Its settings.

    Raises:
        ConfigurationError: The file cannot be read or written, or is readable by other users.
    """
    import tomlkit

    document = _document(path)
    table = tomlkit.table()
    for key, value in values.items():
        table[key] = value
    document[name] = table
    _write(path, document)


def remove_profile(path: Path, name: str) -> None:
    """Remove a profile; if it was the chosen one, no choice remains.

    Args:
        path: The profile file.
        name: Name of the profile.

    Raises:
        ConfigurationError: As `write_profile`; or there is no such profile.
    """
    document = _document_with(path, name)
    del document[name]
    if document.get(CHOICE) == name:
        del document[CHOICE]
    _write(path, document)


def choose_profile(path: Path, name: str) -> None:
    """Make a profile the default.

    Args:
        path: The profile file.
        name: Name of the profile.

    Raises:
        ConfigurationError: As `write_profile`; or there is no such profile.
    """
    document = _document_with(path, name)
    if name == DEFAULT_PROFILE:
        document.pop(CHOICE, None)
    else:
        document[CHOICE] = name
    _write(path, document)


def _document_with(path: Path, name: str) -> TOMLDocument:
    names = profile_names(path)
    if name not in names:
        listed = ", ".join(sorted(names)) or "none"
        raise ConfigurationError(f"{path} has no profile {name!r}; it has: {listed}")
    return _document(path)


def _document(path: Path) -> TOMLDocument:
    import tomlkit

    if not profile_names(path) and not path.exists():
        return tomlkit.document()
    return tomlkit.parse(path.read_text(encoding="utf-8-sig"))


def _write(path: Path, document: TOMLDocument) -> None:
    """Replace the file atomically, so that readers see it whole."""
    import tomlkit

    text = tomlkit.dumps(document)
    target = path.resolve()  # a symbolic link is preserved
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(mode=_FOLDER_FOR_OWNER, parents=True, exist_ok=True)
        try:
            with open(fresh, "x", encoding="utf-8", opener=open_for_owner) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        finally:
            with suppress(FileNotFoundError):
                fresh.unlink()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
