"""Differences between a resource and its description, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@attrs.frozen
class FieldChange:
    """A field that differs from its description.

    Attributes:
        field: The field.
        key: The entry of the field, such as the key of a tag; None for the field itself.
        before: The actual value; `UNSET` if there is none.
        after: The desired value; `UNSET` if it is removed.
    """

    field: str
    key: str | None
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The name of the field, with the key of the entry."""
        return self.field if self.key is None else f"{self.field}[{self.key}]"

    @property
    def drift(self) -> str:
        """The change in the opposite direction: from the description to the actual value."""
        return f"{self.name}: described as {_text(self.after)}, is {_text(self.before)}"

    def to_dict(self) -> dict[str, object]:
        """The change as JSON values; absent ones are omitted."""
        values = {"before": self.before, "after": self.after}
        return {"field": self.name, **{k: v for k, v in values.items() if v is not UNSET}}

    def __str__(self) -> str:
        if self.before is UNSET:
            return f"{self.name}: {_text(self.after)}"
        return f"{self.name}: {_text(self.before)} -> {_text(self.after)}"


@attrs.frozen
class SecretChange(FieldChange):
    """A secret that is sent again, because its version in the document has changed.

    Attributes:
        version_before: The version that was sent last.
        version_after: The version that the document names.
    """

    version_before: str
    version_after: str

    @property
    def drift(self) -> str:
        """The change in the opposite direction: the described version, and the one sent last."""
        return f"{self.name}: described as version {self.version_after}, is {self.version_before}"

    def to_dict(self) -> dict[str, object]:
        """The change as JSON values, without the secret."""
        versions = {"before": self.version_before, "after": self.version_after}
        return {"field": self.name, "version": versions}

    def __str__(self) -> str:
        return f"{self.name}: version {self.version_before} -> {self.version_after}"


def replacement_reason(changes: Iterable[FieldChange]) -> str:
    """Return the reason for the refusal of changes that no request can make.

    Args:
        changes: The changes of fields that are set at creation.
    """
    named = "; ".join(map(str, changes))
    return (
        f"fields that are set at creation cannot be changed: {named}; it would have to be replaced"
    )


def entry_changes(
    field: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[FieldChange]:
    """Compare the entries of a field.

    Args:
        field: The field.
        before: The actual entries, by key.
        after: The desired entries, by key.
    """
    changes = (
        FieldChange(field, key, before.get(key, UNSET), after.get(key, UNSET))
        for key in dict.fromkeys((*before, *after))
    )
    return [change for change in changes if change.before != change.after]


def _text(value: object) -> str:
    if value is UNSET:
        return "not there"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json_bytes(value).decode()
