"""The definition of a kind: how its resources are listed, compared, created, changed, deleted.

How to write a kind
===================

A kind is a class in a module of its API, and a line in the API's table of kinds. It defines only
what is specific to its resources. The engine does everything else: it finds resources by their
keys, resolves references, compares, plans, orders by dependencies, sends within the rate limit,
verifies ambiguous requests, resumes, exports and reports.

1. Name the kind: ``name`` (plural, as in documents) and ``noun`` (singular, for messages).
2. Set ``models``, the generated models of the requests that create and change its resources. The
   types, bounds and constants of its fields come from them.
3. List its ``fields``, each a `Field`: how it is read, compared and changed. A field that no
   request changes has ``change=None``, one that the creation does not accept
   ``in_creation=False``. A field that refers to resources of another kind has ``refers_to``. The
   referenced resource is created first, unless the field ``may_follow``: resources of one kind
   that refer to each other are linked after all of them are created.
4. Set ``key``, the fields of the natural key by which a resource is found (none if each parent has
   one resource), and ``parent`` if it belongs to a resource of another kind. A resource that
   always exists and cannot be created or deleted is ``is_permanent``.
5. Write its coroutines: ``list_items`` for all resources of a scope or of a parent, ``create``,
   ``change`` for each request that its fields name, and ``delete``. They call the client's methods
   and do not catch errors; the engine decides what an error means.
6. Override the methods for exceptions: ``protection`` for resources that cannot be changed,
   ``status`` for resources that are not ready at once, ``refusal`` for harmful changes, ``check``
   for values that contradict each other.

A kind must not keep state: each process has one instance of it. The kind of roles is a short
example.
"""

# ruff: noqa: ARG002 - the base class does not use arguments that overriding kinds need

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from clickhouse_cloud_async.core.codec import json_bytes, model_fields, to_json
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError

from .defaults import merge
from .diff import FieldChange
from .resource import READY, Change, Location, Resource, Status
from .shapes import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model

    from .field import Field
    from .resource import Created, Creation, Identity, Parent, Scope
    from .usage import Usage
    from .validation import ErrorCollector, FieldPath

T = TypeVar("T")


class Kind(ABC, Generic[T]):
    """A kind of resources, whose items the client returns as `T`."""

    name: ClassVar[str]
    """Name of its resources in documents, such as ``api_keys``."""

    noun: ClassVar[str]
    """Name of one of them in messages, such as ``API key``."""

    models: ClassVar[tuple[type[Model], ...]] = ()
    """Request models with the types of its fields; the first model that has a field is used."""

    fields: ClassVar[tuple[Field, ...]]
    """Its fields, in the order of plans."""

    key: ClassVar[tuple[str, ...]] = ("name",)
    """The fields that identify a resource within its parent; none if there is only one."""

    parent: ClassVar[Parent | None] = None
    """The kind of its parents; None for the scope itself."""

    is_listed_at_once: ClassVar[bool | None] = None
    """Whether one list shows the resources of all parents; by default if it has no parent."""

    get_requests: ClassVar[int] = 1
    """Number of requests of one `get`, if lists show only a part of a resource."""

    reported_by: ClassVar[frozenset[str]] = frozenset()
    """Types of activities that the API records for each change of its resources in a parent; none
    if it does not record changes."""

    details_requests: ClassVar[int] = 0
    """Number of requests of `details`."""

    details_reported_by: ClassVar[frozenset[str]] = frozenset()
    """Like `reported_by`, for the result of `details`."""

    restless: ClassVar[frozenset[str]] = frozenset()
    """Names in JSON of the fields of a parent whose changes do not affect its children."""

    after: ClassVar[tuple[str, ...]] = ()
    """Kinds whose resources in the same parent must exist first, although no field names them."""

    requests: ClassVar[tuple[str, ...]] = ("update",)
    """The requests that change a resource, in the order in which they are sent."""

    replaces: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """For a field of a resource, the other fields of the defaults that it replaces."""

    is_permanent: ClassVar[bool] = False
    """Whether it always exists, and can be neither created nor deleted."""

    comes_with: ClassVar[str | None] = None
    """The kind whose first resource in a parent creates it implicitly, if it is permanent only from
    then on; `create` then changes it."""

    ends_with_parent: ClassVar[bool] = True
    """Whether it is deleted with its parent, so that it needs no separate deletion."""

    keeps_versions: ClassVar[bool] = False
    """Whether the API can store the version of the secrets that were sent last."""

    names_versions: ClassVar[bool] = False
    """Whether that version is stored under the name of the resource."""

    is_owned: ClassVar[bool] = False
    """Whether its resources carry the mark of their fleet, and are deleted if not described."""

    needs_parent_up: ClassVar[bool] = False
    """Whether its resources can be created and changed only while their parent runs."""

    guards_access: ClassVar[bool] = False
    """Whether changes of its resources can take rights from the credentials in use."""

    usual_wait: ClassVar[float] = 0.0
    """Usual number of seconds until a new resource is ready."""

    change_wait: ClassVar[float] = 0.0
    """Usual number of seconds until a resource shows a change."""

    uncounted: ClassVar[tuple[str, ...]] = ()
    """Costs of its resources that `usage` does not include, such as storage."""

    lost_secret: ClassVar[str | None] = None
    """Advice for users if the response with the secret of a new resource was lost, if any."""

    def list_requests(self, described: Sequence[Mapping[str, Any]]) -> int:
        """Return the estimated number of requests of one `list_items`.

        Args:
            described: The fields of the resources that are described there.
        """
        return 1

    @abstractmethod
    async def list_items(self, location: Location) -> Sequence[T]:
        """Return the items of a scope or of a parent.

        Args:
            location: The scope, and the parent if each parent has a list.
        """

    async def get(self, resource: Resource[T]) -> T | None:
        """Return the current item of a resource; None if the resource is gone.

        By default the list is searched for it. Override it if a request returns a single resource.

        Args:
            resource: The resource, as it was read before.
        """
        parent = None if self.is_in_one_list else resource.parent
        try:
            items = await self.list_items(Location(scope=resource.scope, parent=parent))
        except NotFoundError:
            return None
        return next((item for item in items if self.is_of(item, resource)), None)

    async def create(self, creation: Creation) -> Created[T]:
        """Create a resource.

        Args:
            creation: What to create, and where.
        """
        raise NotImplementedError

    async def change(self, change: Change[T]) -> T | None:
        """Send one of the requests that change a resource.

        Args:
            change: The request, and the fields that it changes.

        Returns:
            The item, if the response shows it; None to have it read.
        """
        raise NotImplementedError

    async def delete(self, resource: Resource[T]) -> None:
        """Delete a resource.

        Args:
            resource: The resource.
        """
        raise NotImplementedError

    async def rename(self, resource: Resource[T], name: str) -> None:
        """Rename a resource, without replacing it.

        Args:
            resource: The resource.
            name: Its new name.

        Raises:
            InvalidArgumentError: Names of this kind cannot be changed.
        """
        field = self.by_name[self.key[-1]] if self.key else None
        if field is None or field.change is None:
            raise InvalidArgumentError(f"{self.name} cannot be renamed")
        fields = {field.argument: name}
        change = FieldChange(field.name, None, resource.key[-1], name)
        await self.change(
            Change(
                request=field.change,
                resource=resource,
                fields=fields,
                wanted=fields,
                changes=(change,),
            )
        )

    async def mark(self, resource: Resource[T], fleet: str | None) -> None:
        """Mark a resource as part of a fleet or of none, if its kind `is_owned`.

        Args:
            resource: The resource.
            fleet: Name of the fleet; None for no fleet.
        """
        raise NotImplementedError

    def sent_version(self, resource: Resource[T]) -> str | None:
        """Return the version of the secrets that were sent last; None if it is unknown.

        Args:
            resource: The resource.
        """
        return None

    async def note_version(
        self, resource: Resource[T], version: str | None, former: Resource[T] | None = None
    ) -> None:
        """Record the version of the secrets that were sent, if the kind `keeps_versions`.

        Args:
            resource: The resource.
            version: The version; None to remove it.
            former: The resource with its former name, if its kind `names_versions` and it was
                renamed; its version is removed.
        """
        raise NotImplementedError

    def owner(self, item: T) -> str | None:
        """Return the fleet whose mark an item carries, if its kind `is_owned`."""
        return None

    def digest(self, item: T) -> str:
        """Return a digest of an item of a parent, as a list shows it.

        If it changes, the children of the parent may have changed, too.

        Args:
            item: The item.
        """
        shown = to_json(item)
        facts = {name: shown[name] for name in shown if name not in self.restless}
        return hashlib.sha256(json_bytes(facts)).hexdigest()

    def id_of(self, item: T) -> str:
        """Return the ID of an item; empty if it has none and is identified by its parent's ID."""
        return str(getattr(item, "id", ""))

    def parent_id_of(self, item: T) -> str:
        """Return the ID of an item's parent, if one list shows the resources of all parents."""
        raise NotImplementedError

    def status(self, item: T) -> Status:
        """Return whether a resource is ready, in transition, or waiting for a person."""
        return READY

    def would_wake(self, parent: Resource[Any]) -> str | None:
        """Return why reading the resources of a parent would wake it; None if it would not.

        Args:
            parent: The parent, which may cost money while it is awake.
        """
        return None

    async def wake_parent(self, parent: Resource[Any]) -> bool:
        """Wake the parent of a resource whose kind `needs_parent_up`.

        Args:
            parent: The parent, which was asleep at the time of a request.

        Returns:
            Whether it is up now, so that the request can be sent again.
        """
        return False

    def hidden_by(self, parent: Resource[Any]) -> str | None:
        """Return why the resources of a parent cannot be read before it runs; None if they can.

        Args:
            parent: The parent.
        """
        return None

    def protection(self, item: T) -> str | None:
        """Return why an item cannot be changed or deleted, such as "it is a system role"."""
        return None

    def refusal(self, resource: Resource[T], changes: Sequence[FieldChange]) -> str | None:
        """Return why changes of a resource would be harmful; None if they would not.

        Args:
            resource: The actual resource.
            changes: The changes; empty for a deletion.
        """
        return None

    def lockout(
        self,
        resource: Resource[T],
        changes: Sequence[FieldChange],
        identity: Identity | None,
        siblings: Iterable[Resource[T]],
    ) -> str | None:
        """Return why changes would take rights that are needed, if the kind `guards_access`.

        Args:
            resource: The resource.
            changes: Its changes; empty if it is deleted.
            identity: The resource that the credentials in use belong to; None if it is unknown.
            siblings: All resources of the kind, this one included.
        """
        return None

    def remark(self, resource: Resource[T], fields: Mapping[str, Any]) -> str | None:
        """Return the note of a plan about a resource, if any.

        Args:
            resource: The resource.
            fields: The described fields.
        """
        return None

    def export(self, resource: Resource[T]) -> dict[str, Any]:
        """Return the fields of a resource in the form of a document, without default values.

        The IDs of other resources are replaced by their names afterwards.

        Args:
            resource: The resource.
        """
        values = (
            (field, field.value_of(resource.item)) for field in self.fields if field.is_compared
        )
        return {
            field.name: trimmed(self.types[field.name], value)
            for field, value in values
            if value is not None and (field.name in self.key or value != field.default)
        }

    async def details(self, resource: Resource[T]) -> Mapping[str, Any]:
        """Return fields of a resource for an export that take separate requests.

        Args:
            resource: The resource.
        """
        return {}

    def embedded(self, resource: Resource[T], output: str) -> str | None:
        """Return the attribute of a resource that occurs within the values of other resources.

        Args:
            resource: The resource.
            output: The attribute.

        Returns:
            The attribute; None if such a value refers to another resource.
        """
        return resource.id if output == "id" else getattr(resource.item, output, None)

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the values of a description do not contradict each other.

        Args:
            fields: The described fields, each of which is valid.
            path: Their path in the document.
            errors: Collects the errors.
        """

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return the monthly usage of a resource, for plans with prices.

        Args:
            fields: Its actual or desired fields, as plain values.

        Returns:
            The usage; None if it cannot be determined from the fields.
        """
        return ()

    def usage_around(
        self, item: T | None, wanted: Mapping[str, Any] | None
    ) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return the actual and the desired monthly usage of a resource.

        Args:
            item: The item of the API; None if the resource does not exist.
            wanted: The described fields; None if the resource is deleted.
        """
        values = {} if item is None else {field.name: field.value_of(item) for field in self.fields}
        known = {name: value for name, value in values.items() if value is not None}
        before = () if item is None else self.usage(known)
        return before, () if wanted is None else self.usage(merge(self.replaces, known, wanted))

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the fields that a creation requires but that are not described.

        Args:
            fields: The described fields, including that of the parent.
        """
        needed = (
            field.name
            for model in self.models[:1]
            for field in model_fields(model)
            if field.required
        )
        given = {self.by_name[name].argument for name in fields if name in self.by_name}
        known = {field.argument: field.name for field in self.fields if field.in_creation}
        return [known[name] for name in needed if name in known and name not in given]

    def later(self, fields: Mapping[str, Any]) -> frozenset[str]:
        """Return the fields whose references may be created after a resource.

        Args:
            fields: The described fields.
        """
        return frozenset(
            field.name
            for field in self.fields
            if field.may_follow
            and field.name in fields
            and field.name not in self.missing({k: v for k, v in fields.items() if k != field.name})
        )

    def whole(self, change: Change[T]) -> dict[str, Any]:
        """Return the desired values of all fields by their arguments, for a request that replaces.

        Fields that are not described keep their values. Fields that are reset to their default are
        omitted, and so are secrets that are not described.

        Args:
            change: The change.
        """
        there = {
            field.argument: field.value_of(change.item)
            for field in self.fields
            if field.is_compared and field.argument not in change.wanted
        }
        return {
            name: value for name, value in {**there, **change.wanted}.items() if value is not None
        }

    def resource(self, item: T, scope: Scope, parent: Resource[Any] | None) -> Resource[T]:
        """Return an item as a resource.

        Args:
            item: The item.
            scope: Its organisation or account.
            parent: Its parent; None for the scope itself.
        """
        key = tuple(self.by_name[name].value_of(item) for name in self.key)
        return Resource(
            kind=self.name,
            id=self._id_within(item, parent),
            key=key,
            scope=scope,
            parent=parent,
            item=item,
        )

    def is_of(self, item: T, resource: Resource[T]) -> bool:
        """Return whether an item of a list belongs to a resource.

        Args:
            item: The item; if it has no ID, it is one of the resource's parent.
            resource: The resource.
        """
        return self._id_within(item, resource.parent) == resource.id

    def _id_within(self, item: T, parent: Resource[Any] | None) -> str:
        own = self.id_of(item)
        return own if own or parent is None else parent.id

    @property
    def is_in_one_list(self) -> bool:
        """Whether one `list_items` returns the resources of a whole scope."""
        return self.parent is None if self.is_listed_at_once is None else self.is_listed_at_once

    @property
    def gets_one(self) -> bool:
        """Whether a request returns a single resource instead of a list."""
        return type(self).get is not Kind.get

    @property
    def comes_with_parent(self) -> bool:
        """Whether it exists as soon as its parent does."""
        return self.is_permanent and self.comes_with is None

    @cached_property
    def unlisted(self) -> frozenset[str]:
        """The fields that lists do not show, which take a request for each resource."""
        return frozenset(field.name for field in self.fields if not field.is_listed)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """Annotation of each field's values in the request models."""
        known: dict[str, Any] = {}
        for model in self.models:
            for field in model_fields(model):
                known.setdefault(field.name, field.type)
        return {
            field.name: known[field.argument] if field.type is None else field.type
            for field in self.fields
        }

    @cached_property
    def depends_on(self) -> frozenset[str]:
        """The kinds whose resources may have to exist first."""
        named = {field.refers_to for field in self.fields if field.refers_to is not None}
        parents = set[str]() if self.parent is None else {self.parent.kind}
        return frozenset(self.after) | named | parents

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
