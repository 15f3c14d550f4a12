"""Descriptions of a fleet's resources of any kinds, as input of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .validation import FieldPath, ValidationIssue

RESERVED = ("id", "organization", "absent", "strict")
"""Fields of resources of all kinds that belong to the engine."""


@attrs.frozen(kw_only=True)
class Described:
    """A resource as it is described.

    A field that is left out is not managed, None brings it back to its default, and an empty list
    or mapping stands for none.

    Attributes:
        kind: Name of its kind, such as ``roles``.
        fields: Its fields as plain values, which may hold a `Reference`, a `Template` or a secret.
        id: ID of the resource that is meant, whatever it is called; None to find it by its key.
        scope: ID of its organisation or account; None for the only one.
        is_absent: Whether it is not to be there.
        is_strict: Whether fields that otherwise may have more than is described may not.
        path: Where it stands in the document.
    """

    kind: str
    fields: Mapping[str, Any] = attrs.field(repr=False)
    id: str | None = None
    scope: str | None = None
    is_absent: bool = False
    is_strict: bool = False
    path: FieldPath = ()


@attrs.frozen(kw_only=True)
class Description:
    """A fleet as it is described.

    Attributes:
        name: Name of the fleet.
        resources: Its resources, in the order of the document.
        kinds: Kinds of which it has a list, be it an empty one: of kinds whose resources carry the
            mark of their fleet, those that are not in it are to go.
        prune: Kinds of which nothing else is to be there: under the parents that are named, or in
            the organisation for kinds without parents, what is not described is to be removed.
        adopts: Whether existing resources become a part of the fleet that are in none, of the kinds
            whose resources carry the mark of their fleet.
        warnings: Warnings about its document.
    """

    name: str
    resources: tuple[Described, ...]
    kinds: frozenset[str] = frozenset()
    prune: frozenset[str] = frozenset()
    adopts: bool = True
    warnings: tuple[ValidationIssue, ...] = ()
