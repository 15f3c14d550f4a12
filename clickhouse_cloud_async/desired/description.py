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
    """The description of a resource.

    A field that is omitted is not managed. None resets it to its default, and an empty list or
    mapping removes all entries.

    Attributes:
        kind: Name of its kind, such as ``roles``.
        fields: Its fields as plain values, which may contain a `Reference`, `Template` or secret.
        id: ID of the resource, regardless of its name; None to find it by its key.
        scope: ID of its organisation or account; None for the only one.
        is_absent: Whether it must not exist.
        is_strict: Whether fields may have no entries beyond the described ones.
        path: Its path in the document.
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
    """The description of a fleet.

    Attributes:
        name: Name of the fleet.
        resources: Its resources, in the order of the document.
        kinds: Kinds that it lists, even with an empty list. If resources of such a kind carry the
            mark of their fleet, those of the fleet that are not listed are deleted.
        prune: Kinds of which all resources that are not described are deleted: those of the named
            parents, or those of the organisation if the kind has no parent.
        adopts: Whether existing resources without a fleet become part of this one. It applies to
            kinds whose resources carry the mark of their fleet.
        warnings: Warnings about its document.
    """

    name: str
    resources: tuple[Described, ...]
    kinds: frozenset[str] = frozenset()
    prune: frozenset[str] = frozenset()
    adopts: bool = True
    warnings: tuple[ValidationIssue, ...] = ()
