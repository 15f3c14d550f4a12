"""Described resources, each with its kind and scope."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .inventory import joined
from .references import Reference, references_in
from .resource import Scope, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .description import Described, Description
    from .kind import Kind
    from .kinds import Kinds


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Wanted:
    """A described resource.

    Attributes:
        described: Its description.
        kind: Its kind.
        scope: Its organisation or account.
        parent: The name of its parent in the description; None for the scope itself.
        key: Its natural key; None if only its ID is given.
        beside: Kinds with the same parent kind. A reference to a resource of such a kind is first
            searched for in the same parent, and then elsewhere.
    """

    described: Described
    kind: Kind[Any] = attrs.field(repr=False)
    scope: Scope
    parent: str | None
    key: tuple[object, ...] | None
    beside: frozenset[str] = attrs.field(default=frozenset(), repr=False)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The described fields."""
        return self.described.fields

    @property
    def name(self) -> str:
        """Its name in plans."""
        return text_of(self.key) if self.key is not None else f"{self.described.id}"

    @property
    def label(self) -> str:
        """Its name after that of its parent."""
        return joined(self.parent, self.name)

    def near(self, kind: str) -> str | None:
        """Return the parent that is searched first for resources of a kind, if any.

        Args:
            kind: The kind.
        """
        return self.parent if kind in self.beside else None

    def labels(self, reference: Reference) -> Iterator[str]:
        """Yield the labels of the possible targets of its reference, the nearest first.

        Args:
            reference: The reference.
        """
        if (near := self.near(reference.kind)) is not None:
            yield joined(near, reference.name)
        yield reference.name

    def references(self) -> Iterator[Reference]:
        """Yield its references to other resources, including its parent."""
        if self.kind.parent is not None and self.parent is not None:
            yield Reference(self.kind.parent.kind, self.parent)
        for name in self.fields:
            yield from self.references_of(name)

    def references_of(self, name: str) -> Iterator[Reference]:
        """Yield the references of one of its fields.

        Args:
            name: The field.
        """
        value, field = self.fields[name], self.kind.by_name.get(name)
        yield from references_in(value)
        if field is not None and field.refers_to is not None:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str):
                    yield Reference(field.refers_to, item, field.output)

    def needs(self) -> Iterator[Reference]:
        """Yield the references that must exist before it."""
        late = {reference for name in self.later for reference in self.references_of(name)}
        return (reference for reference in self.references() if reference not in late)

    @cached_property
    def later(self) -> frozenset[str]:
        """The fields whose references may be created after it."""
        return self.kind.later(self.fields)


def wanted_of(description: Description, kinds: Kinds, scopes: Sequence[Scope]) -> list[Wanted]:
    """Return the resources of a description.

    Args:
        description: The description.
        kinds: The kinds of the API.
        scopes: The organisations or accounts of the clients.

    Raises:
        InvalidArgumentError: A resource has an unknown kind, field or organisation, lacks a
            required organisation, or is described twice.
    """
    by_id = {scope.id: scope for scope in scopes}
    beside = {kind.name: kinds.beside(kind.name) for kind in kinds}
    every = [
        _wanted(each, kinds[each.kind], by_id, beside.get(each.kind, frozenset()))
        for each in description.resources
    ]
    seen = set[tuple[object, ...]]()
    for wanted in every:
        place = (wanted.parent, wanted.key) if wanted.described.id is None else wanted.described.id
        identity = (wanted.kind.name, wanted.scope.id, place)
        if identity in seen:
            what = f"{wanted.kind.noun} {wanted.label!r}"
            raise InvalidArgumentError(f"{what} is described twice in {wanted.scope.id}")
        seen.add(identity)
    return every


def _wanted(
    described: Described,
    kind: Kind[Any],
    scopes: Mapping[str, Scope],
    beside: frozenset[str],
) -> Wanted:
    fields, parent = described.fields, None
    has_key = all(name in fields for name in kind.key)
    key = tuple(kind.by_name[name].normal(fields[name]) for name in kind.key) if has_key else None
    name = described.id if key is None else text_of(key)
    what = f"{kind.noun} {name!r}" if name else kind.noun
    if key is None and described.id is None:
        raise InvalidArgumentError(f"a {kind.noun} needs its {' and its '.join(kind.key)}")
    if kind.parent is not None:
        parent = fields.get(kind.parent.field)
        if isinstance(parent, Reference):
            parent = parent.name
        if not isinstance(parent, str):
            raise InvalidArgumentError(f"{what} needs its {kind.parent.field}")
    known = {*kind.by_name, *(() if kind.parent is None else (kind.parent.field,))}
    for field in fields:
        if field not in known:
            raise InvalidArgumentError(f"{what} has no field {field!r}")
    scope = described.scope
    if scope is None and len(scopes) == 1:
        (scope,) = scopes
    if scope is None or scope not in scopes:
        said = f"is in {scope}" if scope else "names no organization"
        raise InvalidArgumentError(f"{what} {said}; the fleet has {', '.join(scopes)}")
    return Wanted(
        described=described,
        kind=kind,
        scope=scopes[scope],
        parent=parent,
        key=key,
        beside=beside,
    )
