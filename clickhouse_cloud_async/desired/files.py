"""Descriptions in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.extras import install_command

from .external import Inputs
from .loading import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .description import Description
    from .kinds import Kinds
    from .sources import Source


def load_files(kinds: Kinds, sources: Source | Iterable[Source]) -> Description:
    """Read YAML files.

    Args:
        kinds: The kinds that they may contain.
        sources: One or more files, or folders with files, which together are one document.

    Raises:
        DescriptionError: The files have errors; the message lists each with line and reason.
        ConfigurationError: PyYAML is not installed.
        OSError: A file cannot be read.
    """
    try:
        from .sources import read_sources
    except ImportError as error:
        raise without_yaml() from error
    return load(kinds, read_sources(sources), Inputs())


def without_yaml() -> ConfigurationError:
    """Return the error about the missing package for YAML."""
    return ConfigurationError(
        f"reading YAML needs PyYAML, which is not installed: run {install_command('yaml')}"
    )
