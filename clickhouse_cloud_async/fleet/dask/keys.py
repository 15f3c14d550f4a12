"""Grouping of keys that share a rate limit or services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Key(Protocol):
    """Credentials, and the organisation that they are used for."""

    @property
    def organization_id(self) -> str:
        """ID of the organisation."""
        ...

    @property
    def identity(self) -> str:
        """Unique identifier without a secret; the same for all organisations."""
        ...

    @property
    def open(self) -> Callable[..., Any]:
        """Create a client with this key and the given options."""
        ...


def group_keys(keys: Sequence[Key]) -> list[list[int]]:
    """Group keys that must be used together, by their indexes.

    A key that is used for several organisations has one rate limit; several keys of one
    organisation list the same services.

    Raises:
        InvalidArgumentError: A key is given twice for the same organisation.
    """
    leaders: dict[tuple[str, str], tuple[str, str]] = {}

    def leader(mark: tuple[str, str]) -> tuple[str, str]:
        while (above := leaders.setdefault(mark, mark)) != mark:
            mark = above
        return mark

    marks = [(("organization", key.organization_id), ("key", key.identity)) for key in keys]
    if len(set(marks)) < len(marks):
        raise InvalidArgumentError("keys: a key is given twice for the same organisation")
    for organization, key in marks:
        leaders[leader(organization)] = leader(key)
    groups: dict[tuple[str, str], list[int]] = {}
    for index, (organization, _) in enumerate(marks):
        groups.setdefault(leader(organization), []).append(index)
    return list(groups.values())
