"""Resolves the names in a description."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from .inventory import joined, label_of
from .plain import plain
from .references import Reference, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .field import Field
    from .inventory import Inventory
    from .kinds import Kinds
    from .resource import Resource
    from .wanted import Wanted


class UnresolvedError(Exception):
    """A description refers to a resource that does not exist, or to several.

    Args:
        reason: The reference, and why it cannot be resolved.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason: str = reason


class HiddenError(UnresolvedError):
    """The existence of a described resource cannot be determined yet.

    Args:
        reason: Why.
        parent: The parent, which does not show it.
    """

    def __init__(self, reason: str, parent: Resource[Any]) -> None:
        super().__init__(reason)
        self.parent: Resource[Any] = parent


class Names:
    """Resolves the references of a description to described and to other resources.

    Args:
        kinds: The kinds of the API.
        inventory: The existing resources.
        wanted: The described resources.
    """

    def __init__(self, kinds: Kinds, inventory: Inventory, wanted: Iterable[Wanted]) -> None:
        self._kinds = kinds
        self._inventory = inventory
        self._wanted: defaultdict[tuple[str, str, str], list[Wanted]] = defaultdict(list)
        self._outputs: dict[tuple[str, str, str], dict[str, str]] = {}
        for each in wanted:
            if not each.described.is_absent:
                for label in {each.name, each.label}:
                    self._wanted[each.scope.id, each.kind.name, label].append(each)

    def find(
        self, kind: str, scope: str, name: str, near: str | None = None
    ) -> Resource[Any] | None:
        """Return the resource with a name; None if it is described and does not exist yet.

        Args:
            kind: Its kind.
            scope: Its organisation or account.
            name: Its name or ID.
            near: The parent that is searched for it first; None for none.

        Raises:
            UnresolvedError: There is none, or more than one.
        """
        name = self._nearest(kind, scope, name, near)
        found = self._inventory.by_label(kind, scope, name)
        if len(found) > 1:
            found = self._pinned(kind, scope, name) or found
        if len(found) > 1:
            ids = ", ".join(each.id for each in found)
            raise UnresolvedError(f"{len(found)} {kind} are called {name!r}: {ids}")
        if found:
            return found[0]
        self._described(kind, scope, name)
        return None

    def label(self, kind: str, scope: str, name: str, near: str | None = None) -> str:
        """Return the label of a resource, given its name or ID.

        Args:
            kind: Its kind.
            scope: Its organisation or account.
            name: Its name or ID.
            near: The parent that is searched for it first; None for none.

        Raises:
            UnresolvedError: There is none, or more than one.
        """
        name = self._nearest(kind, scope, name, near)
        found = self.find(kind, scope, name)
        return self._described(kind, scope, name).label if found is None else label_of(found)

    def has_all(self, wanted: Wanted, field: str) -> bool:
        """Return whether all references of a field exist.

        Args:
            wanted: The description.
            field: The field.

        Raises:
            UnresolvedError: A reference is neither to an existing nor to a described resource.
        """
        references = wanted.references_of(field)
        return all(self._meant(wanted, each) is not None for each in references)

    def shown(self, field: Field, wanted: Wanted, value: Any) -> Any:
        """Return a described value for comparison, with references resolved.

        Args:
            field: The field.
            wanted: The description that has it.
            value: The value.

        Raises:
            UnresolvedError: A referenced resource does not exist.
        """

        def resolve(reference: Reference) -> Any:
            found = self._meant(wanted, reference)
            return str(reference) if found is None else self._output(found, reference)

        kind = field.refers_to
        if kind is not None:
            return _each(lambda name: self._label_of_value(wanted, kind, name), value)
        return replaced(value, resolve)

    def actual(self, field: Field, scope: str, value: Any) -> Any:
        """Return an actual value for comparison, with IDs replaced by names.

        Args:
            field: The field.
            scope: The organisation or account.
            value: The value, as the API shows it.
        """
        kind = field.refers_to
        if kind is None:
            return value
        return _each(lambda shown: self._label_of_output(kind, scope, field.output, shown), value)

    def to_send(self, field: Field, wanted: Wanted, value: Any) -> Any:
        """Return a described value for requests; all of its references exist.

        Args:
            field: The field.
            wanted: The description that has it.
            value: The value.

        Raises:
            UnresolvedError: A referenced resource does not exist.
        """

        def resolve(reference: Reference) -> Any:
            found = self._meant(wanted, reference)
            if found is None:
                raise UnresolvedError(f"{reference.kind} {reference.name} is not there yet")
            return self._output(found, reference)

        kind = field.refers_to
        if kind is not None:
            return _each(
                lambda name: resolve(
                    name if isinstance(name, Reference) else Reference(kind, name, field.output)
                ),
                value,
            )
        return replaced(value, resolve)

    def _meant(self, wanted: Wanted, reference: Reference) -> Resource[Any] | None:
        near = wanted.near(reference.kind)
        return self.find(reference.kind, wanted.scope.id, reference.name, near)

    def _nearest(self, kind: str, scope: str, name: str, near: str | None) -> str:
        """Return the label of a sibling resource; the name if there is none."""
        label = joined(near, name)
        is_known = self._inventory.by_label(kind, scope, label)
        return label if is_known or (scope, kind, label) in self._wanted else name

    def _label_of_value(self, wanted: Wanted, kind: str, name: Any) -> str:
        known = name.name if isinstance(name, Reference) else name
        return self.label(kind, wanted.scope.id, known, wanted.near(kind))

    def _label_of_output(self, kind: str, scope: str, output: str, value: Any) -> Any:
        """Return the label of the resource with an attribute's value; without one, the value."""
        if output == "id":
            found = self._inventory.by_id(kind, scope, value)
            return value if found is None else label_of(found)
        labels = self._outputs.get((kind, scope, output))
        if labels is None:
            every = self._inventory.of(kind, scope)
            labels = {str(getattr(each.item, output, None)): label_of(each) for each in every}
            self._outputs[kind, scope, output] = labels
        return labels.get(str(value), value)

    def _described(self, kind: str, scope: str, name: str) -> Wanted:
        described = self._wanted.get((scope, kind, name), ())
        if len(described) == 1:
            return described[0]
        if described:
            labels = ", ".join(each.label for each in described)
            raise UnresolvedError(f"{len(described)} {kind} are called {name!r}: {labels}")
        raise UnresolvedError(f"there is no {self._kinds[kind].noun} {name!r}")

    def _pinned(self, kind: str, scope: str, name: str) -> Sequence[Resource[Any]]:
        """Return the resource with the ID in the description of a name, if it has one."""
        ids = [each.described.id for each in self._wanted.get((scope, kind, name), ())]
        found = [self._inventory.by_id(kind, scope, key) for key in ids if key is not None]
        return [each for each in found if each is not None]

    def _output(self, resource: Resource[Any], reference: Reference) -> Any:
        if reference.output == "id":
            return resource.id
        value = plain(getattr(resource.item, reference.output, None))
        if value is not None and reference.index is not None:
            value = value[reference.index] if len(value) > reference.index else None
        if value is None:
            raise UnresolvedError(f"{reference} is not known: {resource.name} does not show it")
        return value


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    if value is None:
        return None
    return [function(item) for item in value] if isinstance(value, list) else function(value)
