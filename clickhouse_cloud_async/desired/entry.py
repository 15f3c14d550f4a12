"""Parts of a document while it is read: its files, and the resources in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .resource import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .kind import Kind
    from .validation import ErrorCollector, FieldPath


@attrs.frozen
class Text:
    """A file of a document, or a document made in Python, as plain values.

    Attributes:
        value: Its content.
        errors: Collects its errors; has the line numbers of a file.
    """

    value: Any
    errors: ErrorCollector


@attrs.frozen
class Entry:
    """A resource of a document, with its position.

    Attributes:
        kind: Its kind.
        fields: Its fields, including those of the defaults.
        path: Its path in the file.
        errors: Collects the errors of its file.
    """

    kind: Kind[Any]
    fields: Mapping[str, Any] = attrs.field(repr=False)
    path: FieldPath
    errors: ErrorCollector = attrs.field(repr=False)

    @property
    def parent(self) -> str | None:
        """Name of its parent; None if it has none."""
        parent = self.kind.parent
        return None if parent is None else self.fields.get(parent.field)

    @property
    def identity(self) -> tuple[Any, ...] | None:
        """Its unique key in the document; None if it is unknown."""
        if any(name not in self.fields for name in self.kind.key):
            return None
        fields = (
            self.fields.get("organization"),
            self.parent,
            *map(self.fields.get, self.kind.key),
        )
        return self.kind.name, *map(str, fields)

    @property
    def name(self) -> str:
        """Its label in messages and references."""
        return text_of(tuple(self.fields.get(name) for name in self.kind.key))
