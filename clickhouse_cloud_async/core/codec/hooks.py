"""Looks up the function for a type, which may contain itself."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

Hook = Callable[..., Any]


class Hooks:
    """The functions of one converter, by type.

    The function of a model is built from those of its fields. A model that contains itself,
    directly or through lists and unions, would be built for ever: where a type turns up while it is
    being built, its function is resolved at the first call instead.

    Args:
        lookup: Returns the converter's function for a type, building it if necessary.
    """

    def __init__(self, lookup: Callable[[Any], Hook]) -> None:
        self._lookup = lookup
        self._built: dict[Any, Hook] = {}
        self._building: ContextVar[frozenset[Any]] = ContextVar("building", default=frozenset())

    def of(self, kind: Any) -> Hook:
        """Return the function for a type."""
        hook = self._built.get(kind)
        if hook is not None:
            return hook
        building = self._building.get()
        if kind in building:
            return self._bound_late(kind)
        token = self._building.set(building | {kind})
        try:
            hook = self._built[kind] = self._lookup(kind)
        finally:
            self._building.reset(token)
        return hook

    def _bound_late(self, kind: Any) -> Hook:
        def hook(*arguments: Any) -> Any:
            return self._lookup(kind)(*arguments)

        return hook
