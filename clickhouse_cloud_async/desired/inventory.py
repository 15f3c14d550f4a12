"""The existing resources that a plan needs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from .resource import Resource, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def label_of(resource: Resource[Any]) -> str:
    """Return the label of a resource: its name after those of its parents.

    Args:
        resource: The resource.
    """
    parent = resource.parent
    return resource.name if parent is None else joined(label_of(parent), resource.name)


def joined(parent: str | None, name: str) -> str:
    """Return the label of a resource.

    Args:
        parent: The label of its parent; None for none.
        name: Its name; empty for a kind with one resource per parent.
    """
    return "/".join(text for text in (parent, name) if text)


class Inventory:
    """The existing resources, indexed by kind, ID, key and name.

    Attributes:
        problems: Why the resources of a kind in a parent could not be listed, by the kind and the
            parent's ID.
        hidden: Why they cannot be listed before their parent runs, likewise.
        seen_late: The kinds and parents whose resources were hidden at first.
    """

    def __init__(self) -> None:
        self._every: defaultdict[tuple[str, str], dict[str, Resource[Any]]] = defaultdict(dict)
        self._keys: defaultdict[tuple[Any, ...], list[Resource[Any]]] = defaultdict(list)
        self._labels: defaultdict[tuple[str, str, str], list[Resource[Any]]] = defaultdict(list)
        self.problems: dict[tuple[str, str], str] = {}
        self.hidden: dict[tuple[str, str], str] = {}
        self.seen_late: set[tuple[str, str]] = set()

    def add(self, resource: Resource[Any]) -> None:
        """Add a resource, or replace its previous state.

        Args:
            resource: The resource.
        """
        scope, kind = resource.scope.id, resource.kind
        self.remove(kind, scope, resource.id)
        self._every[scope, kind][resource.id] = resource
        self._keys[self._place(resource)].append(resource)
        for label in self._labels_of(resource):
            self._labels[scope, kind, label].append(resource)

    def remove(self, kind: str, scope: str, key: str) -> None:
        """Forget a resource, if it is known.

        Args:
            kind: Its kind.
            scope: Its organisation or account.
            key: Its ID.
        """
        resource = self._every[scope, kind].pop(key, None)
        if resource is not None:
            self._keys[self._place(resource)].remove(resource)
            for label in self._labels_of(resource):
                self._labels[scope, kind, label].remove(resource)

    def by_id(self, kind: str, scope: str, key: str) -> Resource[Any] | None:
        """Return the resource with an ID.

        Args:
            kind: Its kind.
            scope: Its organisation or account.
            key: The ID.
        """
        return self._every[scope, kind].get(key)

    def by_key(
        self, kind: str, scope: str, parent: str | None, key: tuple[object, ...]
    ) -> Sequence[Resource[Any]]:
        """Return the resources with a natural key; several if names are not unique.

        Args:
            kind: Their kind.
            scope: Their organisation or account.
            parent: ID of their parent; None for the scope itself.
            key: The key.
        """
        return self._keys.get((kind, scope, parent, text_of(key)), ())

    def by_label(self, kind: str, scope: str, label: str) -> Sequence[Resource[Any]]:
        """Return the possible targets of a name in a document.

        Args:
            kind: Their kind.
            scope: Their organisation or account.
            label: The name, with or without that of the parent, or an ID.
        """
        found = self.by_id(kind, scope, label)
        return self._labels.get((scope, kind, label), ()) if found is None else (found,)

    def of(self, kind: str, scope: str) -> Iterable[Resource[Any]]:
        """Return all resources of a kind.

        Args:
            kind: The kind.
            scope: The organisation or account.
        """
        return self._every[scope, kind].values()

    def label(self, key: str) -> str:
        """Return the label of the resource with an ID; the ID if there is none.

        Args:
            key: The ID.
        """
        return next((label_of(every[key]) for every in self._every.values() if key in every), key)

    @staticmethod
    def _place(resource: Resource[Any]) -> tuple[Any, ...]:
        parent = None if resource.parent is None else resource.parent.id
        return resource.kind, resource.scope.id, parent, text_of(resource.key)

    @staticmethod
    def _labels_of(resource: Resource[Any]) -> Iterator[str]:
        yield from {resource.name, label_of(resource)}
