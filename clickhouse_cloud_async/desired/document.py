"""Descriptions, read from files or made in Python."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import attrs

from .entry import Text
from .external import Inputs
from .files import load_files, without_yaml
from .loading import load
from .plain import plain
from .validation import ErrorCollector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model

    from .description import Description
    from .engine import Engine
    from .sources import Source
    from .validation import ValidationIssue


@attrs.frozen(init=False)
class DesiredDocument(ABC):
    """A description of resources of one API; each API has a class of its own.

    Args:
        name: Name of the fleet that the described resources belong to.
        organization: Default organisation of all resources.
        defaults: Default fields of resources, by kind.
        prune: Kinds of which all resources that are not described are deleted.
        adopt: Whether existing resources that are in no fleet become a part of this one, where
            resources carry the mark of their fleet; None for yes.
        **resources: The resources of each kind, as mappings of their fields or as models.

    Attributes:
        description: The description, as plans use it.

    Raises:
        DescriptionError: The description has errors; the message lists each with path and reason.
    """

    description: Description

    def __init__(
        self,
        name: str,
        *,
        organization: str | None = None,
        defaults: Mapping[str, Mapping[str, Any]] | None = None,
        prune: Iterable[str] = (),
        adopt: bool | None = None,
        **resources: Sequence[Mapping[str, Any] | Model],
    ) -> None:
        given = {
            "fleet": name, "organization": organization, "adopt": adopt, "defaults": defaults,
        }  # fmt: skip
        head = {field: value for field, value in given.items() if value is not None}
        document = plain({**head, "prune": list(prune), **resources})
        text = Text(document, ErrorCollector())
        description = load(self._engine().kinds, [text], Inputs())
        object.__setattr__(self, "description", description)

    @classmethod
    def load(cls, sources: Source | Iterable[Source]) -> Self:
        """Read YAML files.

        Args:
            sources: One or more files, or folders with files, which together are one document.

        Raises:
            DescriptionError: The files have errors; the message lists each with line and reason.
            ConfigurationError: PyYAML is not installed.
            OSError: A file cannot be read.
        """
        return cls._of(load_files(cls._engine().kinds, sources))

    @classmethod
    def parse(cls, text: str, *, source: str = "<text>") -> Self:
        """Read YAML.

        Args:
            text: The document.
            source: Its name in messages.

        Raises:
            DescriptionError: It has errors; the message lists each with line and reason.
            ConfigurationError: PyYAML is not installed.
        """
        try:
            from .reading import read_text
        except ImportError as error:
            raise without_yaml() from error
        return cls._of(load(cls._engine().kinds, [read_text(text, source)], Inputs()))

    @property
    def name(self) -> str:
        """Name of the fleet."""
        return self.description.name

    @property
    def warnings(self) -> tuple[ValidationIssue, ...]:
        """Warnings, such as about a secret in plain text."""
        return self.description.warnings

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of YAML files, for editors."""
        return cls._engine().schema()

    @staticmethod
    @abstractmethod
    def _engine() -> Engine:
        """Return the engine of the API."""

    @classmethod
    def _of(cls, description: Description) -> Self:
        document = cls.__new__(cls)
        object.__setattr__(document, "description", description)
        return document


Desired: TypeAlias = "DesiredDocument | Description | Source | Iterable[Source]"
"""A description, or the files and folders that contain it."""
