"""What a kind of resources is: how they are listed, compared, created, changed and deleted.

How to write a kind
===================

A kind is one class in a file of its own beside its API, and one line in the API's table of kinds.
It says what is special about its resources; the engine does everything else: it finds resources by
their keys, resolves references, compares, plans, orders by dependencies, sends within the rate
limit, verifies what is ambiguous, resumes, exports and reports.

1. Name it: ``name`` (plural, as documents have it) and ``noun`` (singular, for messages).
2. Say what its resources are created and changed with: ``models``, the generated request models.
   Types, bounds and words of its fields come from them.
3. List its ``fields``, each a `Field`: how it is read, compared and changed. A field that no
   request changes has ``change=None``; one that a creation does not take ``in_creation=False``.
   A field that names resources of another kind has ``refers_to``, and creates an order, unless it
   ``may_follow``: resources of one kind that name each other are linked when both are there.
4. Say what finds a resource: ``key``, the fields that make up its natural key (none of them for
   what there is once in each parent), and ``parent`` where it lives in a resource of another kind.
   What there is once and cannot be created or deleted is ``is_permanent``.
5. Write its coroutines: ``list_items`` for all resources of a scope or of a parent, ``create``,
   ``change`` for each request that fields name, ``delete``. They call the client's methods and let
   errors through; the engine decides what an error means.
6. Override what differs from the usual: ``protection`` for resources that cannot be touched,
   ``status`` for what takes a while to be ready, ``refusal`` for changes that would do harm,
   ``check`` for values that contradict each other.

Nothing of it may keep state: there is one instance of each kind in a process. The kind of roles is
a short example.
"""

# ruff: noqa: ARG002 - kinds override what the base class has no use for

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
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model

    from .field import Field
    from .resource import Created, Creation, Parent, Scope
    from .usage import Usage
    from .validation import ErrorCollector, FieldPath

T = TypeVar("T")


class Kind(ABC, Generic[T]):
    """A kind of resources, whose items the client returns as `T`."""

    name: ClassVar[str]
    """What documents call its resources, such as ``api_keys``."""

    noun: ClassVar[str]
    """What messages call one of them, such as ``API key``."""

    models: ClassVar[tuple[type[Model], ...]] = ()
    """Request models with the types of its fields; the first that has a field counts."""

    fields: ClassVar[tuple[Field, ...]]
    """Its fields, in the order of plans."""

    key: ClassVar[tuple[str, ...]] = ("name",)
    """The fields that tell resources of one parent apart; none where there is only one."""

    parent: ClassVar[Parent | None] = None
    """The kind whose resources hold these; None for the scope itself."""

    is_listed_at_once: ClassVar[bool | None] = None
    """Whether one list shows the resources of all parents; by default where it has no parent."""

    get_requests: ClassVar[int] = 1
    """How many requests one `get` takes, where lists show a resource only in part."""

    told_by: ClassVar[frozenset[str]] = frozenset()
    """Types of activities of which there is one for each change of its resources in a parent; none
    where changes leave no trace."""

    details_requests: ClassVar[int] = 0
    """How many requests `details` takes."""

    details_told_by: ClassVar[frozenset[str]] = frozenset()
    """As `told_by`, for what `details` returns."""

    restless: ClassVar[frozenset[str]] = frozenset()
    """What lists show of a parent, by its names in JSON, that says nothing of what is in it."""

    after: ClassVar[tuple[str, ...]] = ()
    """Kinds whose resources in the same parent must exist first, though no field says so."""

    requests: ClassVar[tuple[str, ...]] = ("update",)
    """The requests that change a resource, in the order in which they are sent."""

    replaces: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Fields of the defaults that a field of a resource takes the place of, beside itself."""

    is_permanent: ClassVar[bool] = False
    """Whether it is always there, and can be neither created nor deleted."""

    comes_with: ClassVar[str | None] = None
    """The kind whose first resource in a parent brings it, where it is permanent only from then on;
    `create` changes what came."""

    ends_with_parent: ClassVar[bool] = True
    """Whether it goes with its parent, so that a deletion of the parent needs none of its own."""

    keeps_versions: ClassVar[bool] = False
    """Whether there is a place in the API for the version of the secrets that were sent last."""

    is_owned: ClassVar[bool] = False
    """Whether its resources carry the mark of their fleet, and go when they are named no more."""

    needs_parent_up: ClassVar[bool] = False
    """Whether its resources are created and changed only while their parent is up."""

    usual_wait: ClassVar[float] = 0.0
    """Seconds that a new resource usually takes until it is ready."""

    change_wait: ClassVar[float] = 0.0
    """Seconds that a resource usually takes until it shows a change."""

    uncounted: ClassVar[tuple[str, ...]] = ()
    """What its resources cost beside what `usage` counts, such as storage."""

    lost_secret: ClassVar[str | None] = None
    """What to do where the response with the secret of a new resource was lost; None for none."""

    def list_requests(self, described: Sequence[Mapping[str, Any]]) -> int:
        """Return about how many requests one `list_items` takes.

        Args:
            described: The fields of what is described there.
        """
        return 1

    @abstractmethod
    async def list_items(self, location: Location) -> Sequence[T]:
        """Return the items of a scope or of a parent; none where there are none.

        Args:
            location: The scope, and the parent where there is a list for each.
        """

    async def get(self, resource: Resource[T]) -> T | None:
        """Return a resource as it is now; None where it is gone.

        By default the list is searched for it; override it where a request shows just one.

        Args:
            resource: The resource as it was.
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
            change: Which request, and what it changes.

        Returns:
            The item where the response shows it; None to have it looked for.
        """
        raise NotImplementedError

    async def delete(self, resource: Resource[T]) -> None:
        """Delete a resource.

        Args:
            resource: The resource.
        """
        raise NotImplementedError

    async def rename(self, resource: Resource[T], name: str) -> None:
        """Give a resource another name, under which it keeps its life.

        Args:
            resource: The resource.
            name: Its new name.

        Raises:
            InvalidArgumentError: Nothing changes the name of such a resource.
        """
        field = self.by_name[self.key[-1]] if self.key else None
        if field is None or field.change is None:
            raise InvalidArgumentError(f"nothing changes the name of a {self.noun}")
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
        """Mark a resource as part of a fleet, or of none, where its kind `is_owned`.

        Args:
            resource: The resource.
            fleet: Name of the fleet; None for no fleet.
        """
        raise NotImplementedError

    def sent_version(self, resource: Resource[T]) -> str | None:
        """Return the version of the secrets that were sent last; None where it is not known.

        Args:
            resource: The resource.
        """
        return None

    async def note_version(self, resource: Resource[T], version: str | None) -> None:
        """Note the version of the secrets that were sent, where the kind `keeps_versions`.

        Args:
            resource: The resource.
            version: The version; None to forget it.
        """
        raise NotImplementedError

    def owner(self, item: T) -> str | None:
        """Return the fleet whose mark an item carries, where its kind `is_owned`."""
        return None

    def digest(self, item: T) -> str:
        """Return a text that is another one as soon as a list shows a change of an item.

        Args:
            item: The item of a parent, in which something may have changed, too.
        """
        shown = to_json(item)
        facts = {name: shown[name] for name in shown if name not in self.restless}
        return hashlib.sha256(json_bytes(facts)).hexdigest()

    def id_of(self, item: T) -> str:
        """Return the ID of an item; empty where it has none, and its parent's is its own."""
        return str(getattr(item, "id", ""))

    def parent_id_of(self, item: T) -> str:
        """Return the ID of an item's parent, where one list shows the resources of all parents."""
        raise NotImplementedError

    def status(self, item: T) -> Status:
        """Return whether a resource can be used, is on its way, or waits for a person."""
        return READY

    def would_wake(self, parent: Resource[Any]) -> str | None:
        """Return why a look at the resources of a parent would wake it; None where it would not.

        Args:
            parent: The parent, whose items may cost money while they are awake.
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
        """Return why the resources of a parent cannot be seen before it is up; None if they can.

        Args:
            parent: The parent.
        """
        return None

    def protection(self, item: T) -> str | None:
        """Return why an item cannot be changed or deleted, such as "it is a system role"."""
        return None

    def refusal(self, resource: Resource[T], changes: Sequence[FieldChange]) -> str | None:
        """Return why changes of a resource would do harm; None where they would not.

        Args:
            resource: The resource as it is.
            changes: What would change; empty where it would be deleted.
        """
        return None

    def remark(self, resource: Resource[T], fields: Mapping[str, Any]) -> str | None:
        """Return what a plan notes about a resource; None for nothing.

        Args:
            resource: The resource.
            fields: The described fields.
        """
        return None

    def export(self, resource: Resource[T]) -> dict[str, Any]:
        """Return the fields of a resource as a document has them, without those at their defaults.

        Names of other resources are put in place of their IDs afterwards.

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
        """Return fields of a resource for an export that take requests of their own.

        Args:
            resource: The resource.
        """
        return {}

    def embedded(self, resource: Resource[T], output: str) -> str | None:
        """Return the attribute of a resource that stands within the values of others.

        Args:
            resource: The resource.
            output: The attribute.

        Returns:
            None where what has it means another resource.
        """
        return resource.id if output == "id" else getattr(resource.item, output, None)

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the values of a description do not contradict each other.

        Args:
            fields: The fields that are named, each of them right by itself.
            path: Where they stand.
            errors: Collects the errors.
        """

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return what a resource uses in a month, for plans with prices.

        Args:
            fields: Its fields as plain values, of an item of the API or as they are wanted.

        Returns:
            None where the fields do not tell.
        """
        return ()

    def usage_around(
        self, item: T | None, wanted: Mapping[str, Any] | None
    ) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return what a resource uses in a month, as it is and as it is wanted.

        Args:
            item: What the API shows of it; None where it is not there.
            wanted: The fields that are described; None where it is to go.
        """
        values = {} if item is None else {field.name: field.value_of(item) for field in self.fields}
        known = {name: value for name, value in values.items() if value is not None}
        before = () if item is None else self.usage(known)
        return before, () if wanted is None else self.usage(merge(self.replaces, known, wanted))

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the fields that a creation needs and a description does not name.

        Args:
            fields: The fields that it names, that of its parent included.
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
        """Return the fields that name what may be created after a resource.

        Args:
            fields: The fields that a description names.
        """
        return frozenset(
            field.name
            for field in self.fields
            if field.may_follow
            and field.name in fields
            and field.name not in self.missing({k: v for k, v in fields.items() if k != field.name})
        )

    def whole(self, change: Change[T]) -> dict[str, Any]:
        """Return all fields as they are to be, by their arguments, for a request that replaces.

        What is not described stays as it is. What is to have its default is left out, and so are
        secrets that are not described.

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
            scope: Where it is.
            parent: The resource that it lives in; None for the scope itself.
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
        """Return whether an item of a list is that of a resource.

        Args:
            item: The item, of the resource's parent where it has no ID of its own.
            resource: The resource.
        """
        return self._id_within(item, resource.parent) == resource.id

    def _id_within(self, item: T, parent: Resource[Any] | None) -> str:
        own = self.id_of(item)
        return own if own or parent is None else parent.id

    @property
    def is_in_one_list(self) -> bool:
        """Whether one `list_items` shows the resources of a whole scope."""
        return self.parent is None if self.is_listed_at_once is None else self.is_listed_at_once

    @property
    def gets_one(self) -> bool:
        """Whether a request shows just one resource, and not the list of all."""
        return type(self).get is not Kind.get

    @property
    def comes_with_parent(self) -> bool:
        """Whether it is there from the moment that its parent is."""
        return self.is_permanent and self.comes_with is None

    @cached_property
    def unlisted(self) -> frozenset[str]:
        """The fields that lists do not show, so that they take a request for each resource."""
        return frozenset(field.name for field in self.fields if not field.is_listed)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """Annotation of each field's values, as the request models have it."""
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
