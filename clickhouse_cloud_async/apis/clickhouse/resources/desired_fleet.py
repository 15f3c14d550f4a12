"""The description of a fleet, read from files or made in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeAlias

import attrs

from clickhouse_cloud_async.desired.entry import Text
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.files import load_files, without_yaml
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.validation import ErrorCollector

from .kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.sources import Source
    from clickhouse_cloud_async.desired.validation import ValidationIssue


@attrs.frozen(init=False)
class DesiredFleet:
    """The description of a fleet: its services, and whatever else an organisation has.

    Args:
        name: Name of the fleet; services carry it in the tag ``chcloud.fleet``.
        organization: ID of the organisation of all resources that name none.
        defaults: Fields that resources of a kind have unless they name them, by kind.
        prune: Kinds of which nothing else is to be there.
        **resources: The resources of each kind, as mappings of their fields: ``services=[...]``.
            A `DesiredService` may stand for such a mapping.

    Attributes:
        description: What is described, as plans have it.

    Raises:
        DescriptionError: There are mistakes; each is named with its place and reason.
    """

    description: Description

    def __init__(
        self,
        name: str,
        *,
        organization: str | None = None,
        defaults: Mapping[str, Mapping[str, Any]] | None = None,
        prune: Iterable[str] = (),
        **resources: Sequence[Mapping[str, Any] | Model],
    ) -> None:
        given = {"fleet": name, "organization": organization, "defaults": defaults}
        head = {field: value for field, value in given.items() if value is not None}
        document = plain({**head, "prune": list(prune), **resources})
        object.__setattr__(
            self, "description", load(KINDS, [Text(document, ErrorCollector())], Inputs())
        )

    @classmethod
    def load(cls, sources: Source | Iterable[Source]) -> Self:
        """Read YAML files.

        Args:
            sources: A file, a folder with files, or several of them, which are one document.

        Raises:
            DescriptionError: There are mistakes in them; each is named with its line and reason.
            ConfigurationError: PyYAML is not installed.
            OSError: A file cannot be read.
        """
        fleet = cls.__new__(cls)
        object.__setattr__(fleet, "description", load_files(KINDS, sources))
        return fleet

    @classmethod
    def parse(cls, text: str, *, source: str = "<text>") -> Self:
        """Read YAML.

        Args:
            text: The document.
            source: What messages call it.

        Raises:
            DescriptionError: There are mistakes in it; each is named with its line and reason.
            ConfigurationError: PyYAML is not installed.
        """
        try:
            from clickhouse_cloud_async.desired.reading import read_text
        except ImportError as error:
            raise without_yaml() from error
        return cls._of([read_text(text, source)])

    @property
    def name(self) -> str:
        """Name of the fleet."""
        return self.description.name

    @property
    def warnings(self) -> tuple[ValidationIssue, ...]:
        """What is no mistake, and is to be shown all the same, such as a secret in plain text."""
        return self.description.warnings

    @staticmethod
    def schema() -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of YAML files, for editors."""
        from clickhouse_cloud_async.desired.schema import schema_of

        return schema_of(KINDS, "A fleet of ClickHouse Cloud")

    @classmethod
    def _of(cls, texts: Sequence[Text]) -> Self:
        fleet = cls.__new__(cls)
        object.__setattr__(fleet, "description", load(KINDS, texts, Inputs()))
        return fleet


Desired: TypeAlias = "DesiredFleet | Description | Source | Iterable[Source]"
"""What is described, or the files and folders that describe it."""
