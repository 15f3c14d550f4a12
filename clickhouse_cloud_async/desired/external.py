"""Values outside of a document: in the environment, in files, on standard input.

Secrets belong there. A document names the source of a value, ``{env: KAFKA_PASSWORD}``,
``{file: kafka.pem}`` or ``{stdin: true}``, and a ``version``, which the user raises when the value
changes: the API returns no secret to compare with.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.values import Secret

if TYPE_CHECKING:
    from typing import TextIO

MAX_BYTES = 1 << 20
"""Maximum size of a file that is read as a value."""


class ExternalSource(StrEnum):
    """Sources of values."""

    ENV = "env"
    FILE = "file"
    STDIN = "stdin"


@attrs.frozen
class ExternalValue:
    """A value outside of the document.

    Attributes:
        source: The kind of its source.
        name: The variable or the file; empty for standard input.
        version: Identifies the value; None if the document has no version.
    """

    source: ExternalSource
    name: str = ""
    version: str | None = None

    def __str__(self) -> str:
        name = self.name or "true"
        version = "" if self.version is None else f", version: {self.version}"
        return f"{{{self.source}: {name}{version}}}"

    def to_dict(self) -> dict[str, object]:
        """The source as written in a document."""
        version = {} if self.version is None else {"version": self.version}
        return {str(self.source): self.name or True, **version}


_KEYS = frozenset(ExternalSource)
_VERSION = re.compile(r"[A-Za-z0-9_-]{1,32}")


def is_external(value: object) -> bool:
    """Return whether a value of a document, in place of a text, refers to an external value."""
    return isinstance(value, Mapping) and not _KEYS.isdisjoint(value)


def parse_external(value: Mapping[str, object], folder: Path | None = None) -> ExternalValue:
    """Parse the source of a value.

    Args:
        value: A mapping with one source, and optionally a version.
        folder: The folder that file names are relative to; by default the current one.

    Raises:
        ValueError: The mapping has another form.
    """
    sources = [key for key in value if key in _KEYS]
    unknown = value.keys() - _KEYS - {"version"}
    if len(sources) != 1 or unknown:
        raise ValueError("takes one of env, file and stdin, and a version beside it")
    source, version = ExternalSource(sources[0]), value.get("version")
    name = value[source]
    if source is ExternalSource.STDIN:
        if name is not True:
            raise ValueError("stdin takes true")
        name = ""
    elif not isinstance(name, str) or not name:
        raise ValueError(f"{source} takes the name of a {_NAMED[source]}")
    elif source is ExternalSource.FILE:
        name = str((folder or Path()) / name)
    if isinstance(version, bool) or not isinstance(version, int | str | None):
        raise ValueError("a version is a number or a text")  # noqa: TRY004 - the document's mistake
    if version is not None and not _VERSION.fullmatch(str(version)):
        raise ValueError("a version consists of up to 32 letters, digits, hyphens and underscores")
    return ExternalValue(source, name, None if version is None else str(version))


_NAMED: Mapping[ExternalSource, str] = {
    ExternalSource.ENV: "variable",
    ExternalSource.FILE: "file",
}


class ExternalSecret(Secret):
    """A secret outside of the document, which is read when it is needed.

    Args:
        place: Its source.
        inputs: Reads it.

    Attributes:
        place: As the argument.
    """

    __slots__ = ("_inputs", "place")

    def __init__(self, place: ExternalValue, inputs: Inputs) -> None:
        super().__init__("")
        self.place: ExternalValue = place
        self._inputs = inputs

    def reveal(self) -> str:
        """Return the secret.

        Raises:
            ConfigurationError: It does not exist, or is empty.
        """
        if not self._value:
            try:
                self._value = self._inputs.read(self.place).reveal()
            except ValueError as error:
                raise ConfigurationError(str(error)) from None
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExternalSecret) and self.place == other.place

    def __hash__(self) -> int:
        return hash(self.place)

    def __bool__(self) -> bool:
        return True


def with_places(value: Any) -> Any:
    """Return a plain value with external secrets replaced by their sources.

    Args:
        value: The value.
    """
    if isinstance(value, ExternalSecret):
        return value.place.to_dict()
    if isinstance(value, dict):
        return {key: with_places(item) for key, item in value.items()}
    return [with_places(item) for item in value] if isinstance(value, list) else value


class Inputs:
    """Reads the environment, files and standard input for a document.

    Args:
        variables: The environment; by default that of this process.
        stdin: Standard input; by default that of this process. It is read once.
    """

    def __init__(
        self,
        variables: Mapping[str, str] | None = None,
        stdin: TextIO | None = None,
    ) -> None:
        self._variables = variables
        self._stdin = stdin
        self._read: Secret | None = None

    def read(self, value: ExternalValue) -> Secret:
        """Read a value, without a line break at its end.

        Args:
            value: Its source.

        Raises:
            ValueError: It does not exist, or is empty; the message names the source.
        """
        if value.source is ExternalSource.ENV:
            variables = os.environ if self._variables is None else self._variables
            text = variables.get(value.name, "")
            problem = f"the environment has no variable {value.name}, or an empty one"
        elif value.source is ExternalSource.FILE:
            text = self._file(value.name)
            problem = f"the file {value.name} is empty"
        else:
            text = self._standard_input()
            problem = "standard input is empty"
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise ValueError(problem)
        return Secret(text)

    @staticmethod
    def _file(name: str) -> str:
        try:
            with Path(name).open("rb") as stream:
                # The size is limited, because a device may have no end.
                content = stream.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise ValueError(f"the file {name} is larger than {MAX_BYTES >> 20} MiB")
            return content.decode()
        except OSError as error:
            raise ValueError(f"the file {name} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ValueError(f"the file {name} is not UTF-8 text") from None

    def _standard_input(self) -> str:
        if self._read is None:
            self._read = Secret((sys.stdin if self._stdin is None else self._stdin).read())
        return self._read.reveal()
