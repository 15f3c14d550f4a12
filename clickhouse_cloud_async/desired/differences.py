"""Differences between a resource and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from clickhouse_cloud_async.core.values import MASK, UNSET

from .diff import FieldChange
from .secrets import holds_secret, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from .field import Field
    from .names import Names
    from .resource import Resource
    from .wanted import Wanted

Resend: TypeAlias = "Callable[[Field], bool]"
"""Whether the secret of a field, which cannot be compared, is sent again."""


def never(_field: Field) -> bool:
    """Send no secret again."""
    return False


def always(_field: Field) -> bool:
    """Send each secret again."""
    return True


def differences(
    wanted: Wanted, resource: Resource[Any], names: Names, resend: Resend = never
) -> list[FieldChange]:
    """Compare the described fields with a resource.

    Args:
        wanted: The description.
        resource: The resource.
        names: Resolves its references.
        resend: Whether a secret of a field is treated as changed.

    Raises:
        UnresolvedError: A referenced resource does not exist.
    """
    scope, is_strict = wanted.scope.id, wanted.described.is_strict
    changes: list[FieldChange] = []
    for field, value in _named(wanted):
        if field.change is not None and is_secret(field, value) and resend(field):
            changes.append(FieldChange(field.name, None, UNSET, MASK))
        elif field.is_compared:
            shown = field.normal(names.shown(field, wanted, field.disclosed(value)))
            before = names.actual(field, scope, field.value_of(resource.item))
            compare = field.strict if is_strict and field.strict is not None else field.compare
            changes += compare(field.name, before, shown)
    return changes


def everything(wanted: Wanted, names: Names) -> list[FieldChange]:
    """Return all described fields, for a resource that does not exist yet.

    Args:
        wanted: The description.
        names: Resolves its references.

    Raises:
        UnresolvedError: A referenced resource does not exist.
    """
    changes: list[FieldChange] = []
    for field, value in _named(wanted):
        if field.is_secret:
            changes.append(FieldChange(field.name, None, UNSET, MASK))
        elif value is not None:
            shown = field.normal(masked(names.shown(field, wanted, value)))
            changes += field.compare(field.name, None, shown)
    return changes


def uncompared(wanted: Wanted) -> Iterator[str]:
    """Yield the names of described fields with secrets, which cannot be compared.

    Args:
        wanted: The description.
    """
    return (field.name for field, value in _named(wanted) if is_secret(field, value))


def is_secret(field: Field, value: Any) -> bool:
    """Return whether the API hides a value or a part of it.

    Args:
        field: The field.
        value: The described value.
    """
    return field.is_secret or holds_secret(value)


def fixed(changes: Collection[FieldChange], wanted: Wanted) -> list[FieldChange]:
    """Return the changes that require a new resource.

    Args:
        changes: The changes.
        wanted: The description.
    """
    fields = wanted.kind.by_name
    return [each for each in changes if fields[each.field].change is None]


def _named(wanted: Wanted) -> Iterator[tuple[Field, Any]]:
    fields = wanted.fields
    return ((field, fields[field.name]) for field in wanted.kind.fields if field.name in fields)
