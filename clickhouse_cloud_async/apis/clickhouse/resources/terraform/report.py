"""The result of a conversion, with the values that are missing from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.extras import install_command

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Loss:
    """A part of a state that is not in the document.

    Attributes:
        address: The address of the resource.
        attribute: The attribute, such as ``endpoints.mysql``; None for the whole resource.
        reason: The reason, and what to do about it.
    """

    address: str
    attribute: str | None
    reason: str

    def to_dict(self) -> dict[str, str | None]:
        """The loss as JSON values."""
        return {"address": self.address, "attribute": self.attribute, "reason": self.reason}

    def __str__(self) -> str:
        where = self.address if self.attribute is None else f"{self.address}: {self.attribute}"
        return f"{where}: {self.reason}"


@attrs.frozen
class Replacement:
    """A value of the document that replaces one of the state.

    Attributes:
        address: The address of the resource.
        attribute: The attribute.
        target: The value in the document: the name of another resource, or a variable.
    """

    address: str
    attribute: str
    target: str

    def to_dict(self) -> dict[str, str]:
        """The reference as JSON values."""
        return {"address": self.address, "attribute": self.attribute, "target": self.target}

    def __str__(self) -> str:
        return f"{self.address}: {self.attribute}: {self.target}"


@attrs.frozen
class Conversion:
    """A document of desired state that was converted from states.

    Attributes:
        document: The document as plain values; it contains no sensitive values.
        references: The IDs that were replaced by references to other resources.
        secrets: The sensitive values, each with the environment variable that the document reads.
        losses: The parts that are not in the document.
    """

    document: Mapping[str, Any]
    references: tuple[Replacement, ...] = ()
    secrets: tuple[Replacement, ...] = ()
    losses: tuple[Loss, ...] = ()

    @property
    def text(self) -> str:
        """The document as YAML.

        Raises:
            ConfigurationError: PyYAML is not installed.
        """
        try:
            from clickhouse_cloud_async.desired.writing import write_text
        except ImportError as error:
            raise ConfigurationError(
                f"YAML needs PyYAML, which is not installed: run {install_command('yaml')}"
            ) from error
        return write_text(self.document)

    def to_dict(self) -> dict[str, object]:
        """The conversion as JSON has it, with the document as YAML."""
        return {
            "document": self.text,
            "references": [each.to_dict() for each in self.references],
            "secrets": [each.to_dict() for each in self.secrets],
            "losses": [each.to_dict() for each in self.losses],
        }
