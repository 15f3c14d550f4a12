"""The test data of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

Fields = Mapping[str, Any]
"""Fields of a resource as a document has them.

``{"secret": "..."}`` stands for a secret, and ``${kind.name.id}`` for a reference.
"""

ARCHIVE = "the archive of a function"
"""Stands for the path of an archive, which the harness makes."""


@attrs.frozen(kw_only=True)
class Case:
    """A resource of a kind, and what can be changed of it.

    Attributes:
        kind: Name of the kind.
        fields: Its fields at first.
        changes: Other values for its fields: each is a change by itself.
        needs: What has to be there first, by kind.
        beside: Fields that have to be named beside any that changes.
        label: Tells the cases of a kind apart.
    """

    kind: str
    fields: Fields
    changes: Sequence[Fields] = ()
    needs: Sequence[tuple[str, Fields]] = ()
    beside: Sequence[str] = ()
    label: str = ""

    @property
    def id(self) -> str:
        """What test runs call it."""
        return f"{self.kind}-{self.label}" if self.label else self.kind

    @property
    def secrets(self) -> list[str]:
        """The texts that nothing may show."""
        return list(_secrets([self.fields, *self.changes]))


def _secrets(value: Any) -> Sequence[str]:
    if isinstance(value, Mapping):
        if set(value) == {"secret"}:
            return [value["secret"]]
        value = list(value.values())
    if isinstance(value, list):
        return [secret for item in value for secret in _secrets(item)]
    return []
