"""Replaces IDs within the values of an export by references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .interpolation import parse_references
from .references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .field import Field
    from .handler import Context
    from .resource import Resource

_ID = re.compile(r"[0-9A-Za-z-]{16,}")
"""Matches IDs of the API."""


class Embedded:
    """Finds IDs of resources within the values of other resources.

    Args:
        context: Has the kinds and the inventory.
        label: Returns the name of a resource in a document.
    """

    def __init__(self, context: Context, label: Callable[[Resource[Any]], str]) -> None:
        self._context = context
        self._label = label
        self._known: dict[tuple[str, str, str], dict[str, Resource[Any]]] = {}

    def referring(self, field: Field, resource: Resource[Any], value: Any) -> Any:
        """Return the value of a field, with other resources' IDs replaced by references.

        Args:
            field: The field.
            resource: The resource with the field.
            value: The value.
        """
        known: dict[str, Reference] = {}
        for kind, output in field.embeds:
            for text, other in self._of(kind, resource.scope.id, output).items():
                if other.id != resource.id or other.kind != resource.kind:
                    known[text] = Reference(kind, self._label(other), output)
        return _replaced(value, known) if known else value

    def _of(self, kind: str, scope: str, output: str) -> dict[str, Resource[Any]]:
        place = kind, scope, output
        if place not in self._known:
            self._known[place] = {
                text: each
                for each in self._context.inventory.of(kind, scope)
                if (text := self._context.kinds[kind].embedded(each, output)) is not None
            }
        return self._known[place]


def embedded_kinds(fields: Iterable[Field]) -> list[str]:
    """Return the kinds of resources whose IDs occur within the values of fields.

    Args:
        fields: The fields.
    """
    return [kind for field in fields for kind, _ in field.embeds]


def _replaced(value: Any, known: dict[str, Reference]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, known) for item in value]
    if not isinstance(value, str) or known.keys().isdisjoint(_ID.findall(value)):
        return value
    plain = value.replace("${", "$${")
    return parse_references(_ID.sub(lambda found: str(known.get(found[0], found[0])), plain))
