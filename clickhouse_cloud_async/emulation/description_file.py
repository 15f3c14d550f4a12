"""Files that describe the initial content of an emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.extras import install_command

if TYPE_CHECKING:
    from pathlib import Path

_YAML_SUFFIXES = {".yaml", ".yml"}


def read_description_file(file: Path) -> object:
    """Read a description, as YAML or JSON by the file's name.

    Args:
        file: The file.

    Raises:
        ValueError: It is not of the type of its name, or is YAML and PyYAML is not installed.
        OSError: It cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise ValueError(f"{file} is not UTF-8 text") from problem
    if file.suffix.lower() in _YAML_SUFFIXES:
        return _read_yaml(text, file)
    try:
        return json.loads(text)
    except ValueError as problem:
        raise ValueError(f"{file} is not valid JSON: {problem}") from problem


def _read_yaml(text: str, file: Path) -> object:
    try:
        import yaml
    except ImportError as problem:
        raise ValueError(
            f"{file} is YAML and PyYAML is not installed: run {install_command('yaml')}"
        ) from problem
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise ValueError(f"{file} is not valid YAML: {problem}") from problem
