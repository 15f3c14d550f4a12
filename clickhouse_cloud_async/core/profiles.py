"""Profile files: TOML tables that hold the settings of clients."""

from __future__ import annotations

import codecs
import os
import re
import stat
import tomllib
from typing import TYPE_CHECKING, Any

import attrs

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

DEFAULT_PROFILE = "default"
"""Name of the default profile."""

CHOICE = "default_profile"
"""Key before all profiles that chooses another default profile."""

_WORD = re.compile(r"""["']?([^\s"'=.\]]+)""")
_LINE = re.compile(r"at line (\d+)")


@attrs.frozen
class Profile:
    """One table of a profile file.

    Attributes:
        path: The file.
        name: The table's name.
        values: Its settings.
        text: The text of the file.
    """

    path: Path
    name: str
    values: dict[str, str] = attrs.field(repr=False)
    text: str = attrs.field(repr=False)

    def origin(self, setting: str) -> str:
        """Return the place of a setting, for error messages."""
        line = _line_of(self.text, self.name, setting)
        return f"{setting} in profile {self.name!r} ({self.path}, line {line})"


def read_profile(path: Path, name: str | None, known: Collection[str]) -> Profile | None:
    """Read one profile; errors in others are ignored.

    Args:
        path: The profile file.
        name: The profile; None for the default one, which may be missing.
        known: The settings that a profile may have.

    Raises:
        ConfigurationError: The file cannot be read, is readable by other users, lacks the profile,
            or the profile has settings that are unknown or no strings.
    """
    content = _content(path)
    if content is None:
        if name is not None:
            raise ConfigurationError(f"there is no profile {name!r}: {path} does not exist")
        return None
    text = _text(path, content)
    document = _document(path, text)
    name = name or _choice(path, text, document)
    if name is None and DEFAULT_PROFILE not in document:
        _refuse_stray_settings(path, text, document)
        return None
    if name is None:
        name = DEFAULT_PROFILE
    elif name not in document:
        names = ", ".join(sorted(_names(document))) or "none"
        raise ConfigurationError(f"{path} has no profile {name!r}; it has: {names}")
    return Profile(path, name, _checked(path, text, name, document[name], known), text)


def profile_names(path: Path) -> list[str]:
    """Return the names of the profiles in a file, in order; none if there is no file.

    Args:
        path: The profile file.

    Raises:
        ConfigurationError: The file cannot be read, or is readable by other users.
    """
    return _names(_whole_document(path))


def chosen_profile(path: Path) -> str:
    """Return the name of the default profile.

    Args:
        path: The profile file.

    Raises:
        ConfigurationError: The file cannot be read, or is readable by other users.
    """
    content = _content(path)
    if content is None:
        return DEFAULT_PROFILE
    text = _text(path, content)
    return _choice(path, text, _document(path, text)) or DEFAULT_PROFILE


def _whole_document(path: Path) -> dict[str, Any]:
    content = _content(path)
    return {} if content is None else _document(path, _text(path, content))


def _names(document: dict[str, Any]) -> list[str]:
    return [name for name, value in document.items() if isinstance(value, dict)]


def _choice(path: Path, text: str, document: dict[str, Any]) -> str | None:
    """Return the name of the profile that the file chooses."""
    choice = document.get(CHOICE)
    if choice is None or isinstance(choice, dict):
        return None
    if not isinstance(choice, str):
        line = _line_of(text, None, CHOICE)
        raise ConfigurationError(f"{path}, line {line}: {CHOICE} must be a string")
    return choice


def _content(path: Path) -> bytes | None:
    """Return the content of a file that only its owner can read; None if it does not exist."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"{path} is not a file")
        if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
            raise ConfigurationError(f"{path} is readable by other users: run chmod 600 on it")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None


def _text(path: Path, content: bytes) -> str:
    """Return the text of a file, in any of the usual encodings."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise ConfigurationError(f"{path}, line {line}: not UTF-8 text, save the file as UTF-8")


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # The rest of the parser's message may quote a secret.
        found = _LINE.search(str(error))
        line = int(found[1]) if found else len(text.splitlines())
    raise ConfigurationError(f"{path}, line {line}: not valid TOML")


def _refuse_stray_settings(path: Path, text: str, document: dict[str, Any]) -> None:
    for key, value in document.items():
        if key != CHOICE and not isinstance(value, dict):
            raise ConfigurationError(
                f"{path}, line {_line_of(text, None, key)}: {key} must be in a profile,"
                f" below a line such as [{DEFAULT_PROFILE}]"
            )


def _checked(
    path: Path, text: str, name: str, profile: object, known: Collection[str]
) -> dict[str, str]:
    if not isinstance(profile, dict):
        line = _line_of(text, None, name)
        raise ConfigurationError(f"{path}, line {line}: {name} must be a table, [{name}]")
    for key, value in profile.items():
        where = f"{path}, line {_line_of(text, name, key)}: profile {name!r}"
        if key not in known:
            names = ", ".join(sorted(known))
            raise ConfigurationError(f"{where} has an unknown setting {key!r}; known are {names}")
        if not isinstance(value, str):
            raise ConfigurationError(f"{where}: {key} must be a string")
    return profile


def _line_of(text: str, table: str | None, key: str) -> int:
    """Return the line number of a key of a table, or of the table if it is not found.

    Args:
        text: A valid TOML document.
        table: The table; None for keys outside of all tables.
        key: The key.
    """
    inside, header = table is None, 1
    for number, line in enumerate(text.splitlines(), 1):
        words = _WORD.findall(line.partition("=")[0].lstrip(" \t["))
        if line.lstrip().startswith("["):
            inside = words == [table]
            header = number if inside else header
            if words == [table, key]:
                return number
        elif inside and words[:1] == [key]:
            return number
    return header
