"""Writes profile files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SAFE_MODE = 0o600


def write_text(folder: Path, text: str | bytes, mode: int = SAFE_MODE) -> Path:
    """Write the profile file below a configuration folder.

    Args:
        folder: What stands for the user's configuration folder.
        text: What the file holds.
        mode: Its permissions.

    Returns:
        The file.
    """
    path = folder / "clickhouse-cloud" / "config.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def write_profiles(folder: Path, **profiles: Mapping[str, str]) -> Path:
    """Write profiles of plain texts, keyed by their names; see `write_text`."""
    lines: list[str] = []
    for name, settings in profiles.items():
        lines += [f"[{name}]", *(f'{key} = "{value}"' for key, value in settings.items())]
    return write_text(folder, "\n".join(lines))
