"""Existing resources, and the arguments with which kinds create and change resources."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

    from .diff import FieldChange

T = TypeVar("T")


@attrs.frozen(eq=False)
class Scope:
    """An organisation or account, and the clients that reach it.

    Attributes:
        id: Its ID, or the name of the account if the API has no scope.
        client: The client that sends changes.
        others: More clients, which help to read the actual state.
    """

    id: str
    client: Any = attrs.field(repr=False)
    others: tuple[Any, ...] = attrs.field(default=(), repr=False)

    @property
    def clients(self) -> tuple[Any, ...]:
        """All clients that reach it."""
        return (self.client, *self.others)


@attrs.frozen
class Parent:
    """The kind whose resources contain those of another.

    Attributes:
        kind: Name of the kind, such as ``services``.
        field: The field of a document that refers to the parent, such as ``service``.
    """

    kind: str
    field: str


@attrs.frozen(kw_only=True, eq=False)
class Resource(Generic[T]):
    """An existing resource.

    Attributes:
        kind: Name of its kind.
        id: Its ID.
        key: Its natural key within its parent.
        scope: Its organisation or account.
        parent: Its parent; None for the scope itself.
        item: Its item in the API.
    """

    kind: str
    id: str
    key: tuple[object, ...]
    scope: Scope
    parent: Resource[Any] | None = None
    item: T = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """The text of its key."""
        return text_of(self.key)

    @property
    def client(self) -> Any:
        """The client that reaches it."""
        return self.scope.client

    @property
    def parent_id(self) -> str:
        """ID of its parent, which must exist."""
        assert self.parent is not None, "there is no parent"
        return self.parent.id


@attrs.frozen
class Identity:
    """The resource that the credentials in use belong to.

    Attributes:
        kind: Name of its kind, such as ``api_keys``.
        id: Its ID.
        name: Its name in documents.
    """

    kind: str
    id: str
    name: str


def text_of(key: tuple[object, ...]) -> str:
    """Return a natural key as text.

    Args:
        key: The key.
    """
    return "/".join(map(str, key))


@attrs.frozen(kw_only=True, eq=False)
class Location:
    """The location of resources.

    Attributes:
        scope: The organisation or account.
        parent: Their parent; None for the scope itself.
    """

    scope: Scope
    parent: Resource[Any] | None = None

    @property
    def client(self) -> Any:
        """The client that reaches it."""
        return self.scope.client

    @property
    def parent_id(self) -> str:
        """ID of the parent, which must exist."""
        assert self.parent is not None, "there is no parent"
        return self.parent.id


@attrs.frozen(kw_only=True, eq=False)
class Creation(Location):
    """A resource to create, and its location.

    Attributes:
        fields: The fields of the creation by their arguments, with references resolved. Secrets
            are of type `Secret`, which the client's encoder reveals.
    """

    fields: Mapping[str, Any] = attrs.field(repr=False)


@attrs.frozen
class Created(Generic[T]):
    """A new resource, as the response to its creation shows it.

    Attributes:
        item: The item.
        secret: A secret that no other response shows, such as its initial password, if any. It is
            the result of the outcome.
    """

    item: T = attrs.field(repr=False)
    secret: Any = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True, eq=False)
class Change(Generic[T]):
    """One request that changes a resource.

    Attributes:
        request: The name of the request, as in `Field.change`.
        resource: The actual resource.
        fields: The complete desired values of the fields that it changes, by their arguments.
        wanted: All described fields, likewise, for requests that replace.
        changes: The changes that it makes.
    """

    request: str
    resource: Resource[T]
    fields: Mapping[str, Any] = attrs.field(repr=False)
    wanted: Mapping[str, Any] = attrs.field(repr=False)
    changes: tuple[FieldChange, ...]

    @property
    def client(self) -> Any:
        """The client that reaches the resource."""
        return self.resource.client

    @property
    def scope(self) -> Scope:
        """The organisation or account of the resource."""
        return self.resource.scope

    @property
    def item(self) -> T:
        """The item of the resource in the API."""
        return self.resource.item

    def added(self, field: str) -> dict[str, Any]:
        """Return the entries of a field that are new or changed, by key.

        Args:
            field: A field that is compared entry by entry.
        """
        return {
            str(change.key): change.after
            for change in self.changes
            if change.field == field and change.after is not UNSET
        }

    def removed(self, field: str) -> dict[str, Any]:
        """Return the actual entries of a field that are removed or changed, by key.

        Args:
            field: A field that is compared entry by entry.
        """
        return {
            str(change.key): change.before
            for change in self.changes
            if change.field == field and change.before is not UNSET
        }


class Phase(StrEnum):
    """The phase of a resource."""

    READY = "ready"
    """It can be used, and others can depend on it."""
    PENDING = "pending"
    """It becomes ready by itself."""
    WAITING = "waiting"
    """It becomes ready once a person has done something."""
    FAILED = "failed"
    """It does not become ready by itself."""
    GONE = "gone"
    """It is gone, or is being deleted."""


@attrs.frozen
class Status:
    """The phase of a resource, and its reason.

    Attributes:
        phase: Its phase.
        reason: The reason for messages, such as the state that the API shows.
    """

    phase: Phase
    reason: str | None = None


READY = Status(Phase.READY)
"""The status of resources that can be used as soon as they exist."""


def status_of(lifecycle: Lifecycle[Any], state: str) -> Status:
    """Return the status of a resource whose kind has a lifecycle.

    Args:
        lifecycle: The lifecycle of its kind.
        state: Its state.
    """
    if state in lifecycle.gone:
        return Status(Phase.GONE, state)
    if state in lifecycle.settling:
        return Status(Phase.PENDING, state)
    return Status(Phase.FAILED if state in lifecycle.terminal else Phase.READY, state)
