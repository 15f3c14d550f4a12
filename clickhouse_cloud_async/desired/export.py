"""Exports the actual state as a description."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import APIStatusError
from clickhouse_cloud_async.core.memory import remembering

from .description import Described, Description
from .embedded import Embedded, embedded_kinds
from .external import with_places
from .inventory import label_of
from .lacking import lacking
from .membership import membership
from .observation import complete, list_resources
from .references import as_text
from .resource import Location, Phase
from .spreading import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .handler import Context
    from .kind import Kind
    from .resource import Resource, Scope


@attrs.frozen(kw_only=True)
class Selection:
    """Selects the resources to export.

    Names and tags select among the resources of an organisation. A selected resource is exported
    together with its children.

    Attributes:
        only: Their kinds; None for the kinds that one request lists in full.
        names: Patterns of names, such as ``etl-*``; None for all.
        tags: Values of tags by key, None for any value; None for all. Labels are tags without a
            value. With tags, resources of kinds without tags are not exported.
    """

    only: frozenset[str] | None = None
    names: tuple[str, ...] | None = None
    tags: Mapping[str, str | None] | None = None

    def match(self, kind: Kind[Any], resource: Resource[Any]) -> bool:
        """Return whether a resource of an organisation is exported.

        Args:
            kind: Its kind.
            resource: The resource.
        """
        if self.names is not None and not any(
            fnmatchcase(resource.name, pattern) for pattern in self.names
        ):
            return False
        if self.tags is None:
            return True
        field = kind.by_name.get("tags", kind.by_name.get("labels"))
        there = None if field is None else field.value_of(resource.item)
        if isinstance(there, list):
            there = dict.fromkeys(there)
        return isinstance(there, dict) and all(
            key in there and value in {None, there[key]} for key, value in self.tags.items()
        )


@attrs.frozen(kw_only=True)
class Exported:
    """The actual state as a description.

    Attributes:
        description: The description.
        notes: The parts that are missing from it, and why.
    """

    description: Description
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The description in the form of a document, with its references as text."""
        document: dict[str, Any] = as_text(document_of(self.description))
        return document

    def to_yaml(self) -> str:
        """The description as the text of a document."""
        from .writing import write_text

        text = write_text(document_of(self.description))
        return text if self.description.adopts else _UNMARKED + text


_UNMARKED = """\
# Without `adopt: false`, a plan makes all resources below that are in no fleet a part of this one.
"""


async def export(context: Context, name: str, selection: Selection) -> Exported:
    """Describe the existing resources, so that a plan of the description is empty.

    Args:
        context: Has the clients and the kinds.
        name: The name of the fleet that is described.
        selection: The resources to describe.

    Raises:
        OSError: The results could not be written to the file.
        CloudError: The actual state could not be read.
    """
    exported = _exported(context, selection)
    details: dict[str, dict[str, Mapping[str, Any]]] = {}
    try:
        chosen = await _look(exported, context, selection)
        if selection.only is not None:
            for kind in exported:
                details[kind.name] = await _details(kind, chosen[kind.name], context)
    finally:
        if context.memories is not None:
            # After a failure, the results that were read before it need not be read again.
            await context.memories.keep()
    found = {kind.name: membership(kind, chosen[kind.name], name, context) for kind in exported}
    resources = tuple(
        described
        for kind in exported
        for described in _describe(
            kind, found[kind.name].members, details.get(kind.name, {}), context
        )
    )
    inventory = context.inventory
    problems = (inventory.problems | inventory.hidden).items()
    recall = context.recall
    known = () if recall is None else recall.known()
    return Exported(
        description=Description(
            name=name,
            resources=resources,
            kinds=frozenset(kind.name for kind in exported),
            adopts=not any(each.has_unmarked for each in found.values()),
        ),
        notes=(
            *(note for each in found.values() for note in each.notes),
            *lacking(resources, context.kinds),
            *(
                f"{kind} of {inventory.label(key)} could not be read: {reason}"
                for (kind, key), reason in problems
                if kind in found
            ),
            *(() if recall is None else recall.notes),
            *(str(each) for each in known if not each.is_current),
        ),
    )


async def _look(
    exported: Sequence[Kind[Any]], context: Context, selection: Selection
) -> dict[str, list[Resource[Any]]]:
    """Return the resources of the exported kinds, and of the kinds that they refer to."""
    chosen: dict[str, list[Resource[Any]]] = {}
    kinds = _with_named(exported, context)
    at_once = [kind for kind in kinds if kind.is_in_one_list]
    context.look.begin(
        {kind.name: kind.list_requests(()) * len(context.scopes) for kind in at_once}
    )
    for kind in kinds:
        places = _locations(kind, context, chosen)
        found = await list_resources(kind, context, places)
        meant = [each for each in found if _is_meant(kind, each, selection, chosen)]
        if kind.unlisted and kind in exported:
            meant = await complete(kind, context, meant)
        chosen[kind.name] = meant
        context.look.expect(kind.name, 0)
        for below in kinds:
            if not below.is_in_one_list and below.parent and below.parent.kind == kind.name:
                context.look.expect(below.name, below.list_requests(()) * len(meant))
    return chosen


def document_of(description: Description) -> dict[str, Any]:
    """Return a description in the form of a document.

    Args:
        description: The description.
    """
    document: dict[str, Any] = {"fleet": description.name}
    if not description.adopts:
        document["adopt"] = False
    if description.prune:
        document["prune"] = sorted(description.prune)
    for each in description.resources:
        entry: dict[str, Any] = with_places(dict(each.fields))
        if each.id is not None:
            entry["id"] = each.id
        if each.scope is not None:
            entry["organization"] = each.scope
        if each.is_absent:
            entry["absent"] = True
        if each.is_strict:
            entry["strict"] = True
        document.setdefault(each.kind, []).append(entry)
    return document


def _exported(context: Context, selection: Selection) -> list[Kind[Any]]:
    if selection.only is not None:
        return [kind for kind in context.kinds if kind.name in selection.only]
    return [kind for kind in context.kinds if kind.is_in_one_list]


def _with_named(exported: Iterable[Kind[Any]], context: Context) -> list[Kind[Any]]:
    """Return kinds with their parents, and those that their fields refer to."""
    waiting, found = [kind.name for kind in exported], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            kind = context.kinds[name]
            waiting += (each.refers_to for each in kind.fields if each.refers_to is not None)
            waiting += embedded_kinds(kind.fields)
            waiting += [] if kind.parent is None else [kind.parent.kind]
    return [kind for kind in context.kinds if kind.name in found]


def _locations(
    kind: Kind[Any], context: Context, chosen: Mapping[str, Sequence[Resource[Any]]]
) -> list[Location]:
    if kind.is_in_one_list or kind.parent is None:
        return [Location(scope=scope) for scope in context.scopes]
    return [Location(scope=each.scope, parent=each) for each in chosen[kind.parent.kind]]


def _is_meant(
    kind: Kind[Any],
    resource: Resource[Any],
    selection: Selection,
    chosen: Mapping[str, Sequence[Resource[Any]]],
) -> bool:
    is_gone = kind.status(resource.item).phase is Phase.GONE
    if is_gone or kind.protection(resource.item) is not None:
        return False
    if resource.parent is None:
        return selection.match(kind, resource)
    return resource.parent in chosen[resource.parent.kind]


async def _details(
    kind: Kind[Any], resources: Sequence[Resource[Any]], context: Context
) -> dict[str, Mapping[str, Any]]:
    """Return fields that take a request per resource, by ID; failures become notes."""
    what, reported_by, recall = f"{kind.name}.details", kind.details_reported_by, context.recall

    async def look(resource: Resource[Any], via: Scope) -> Mapping[str, Any]:
        memory = None if recall is None else recall.memory(what, reported_by, resource)
        try:
            with remembering(memory):
                return await kind.details(attrs.evolve(resource, scope=via))
        except APIStatusError as error:
            context.inventory.problems[kind.name, resource.id] = error.message
            return {}
        finally:
            context.look.done(kind.name, kind.details_requests)

    context.look.expect(kind.name, kind.details_requests * len(resources))
    found = await spread(resources, lambda resource: resource.scope, look)
    return {each.id: fields for each, fields in zip(resources, found, strict=True)}


def _describe(
    kind: Kind[Any],
    resources: Sequence[Resource[Any]],
    details: Mapping[str, Mapping[str, Any]],
    context: Context,
) -> Iterator[Described]:
    """Yield described resources; those with ambiguous names have their IDs."""
    several = len(context.scopes) > 1
    embedded = Embedded(context, lambda other: _unique(other, context))
    times = Counter((each.scope.id, label_of(each)) for each in resources)
    for each in resources:
        fields = {
            name: _named(kind, name, each, value, context)
            for name, value in {**kind.export(each), **details.get(each.id, {})}.items()
        }
        fields = {
            name: embedded.referring(kind.by_name[name], each, value)
            for name, value in fields.items()
        }
        if kind.parent is not None and each.parent is not None:
            fields = {kind.parent.field: _unique(each.parent, context), **fields}
        is_twin = times[each.scope.id, label_of(each)] > 1 or None in each.key
        yield Described(
            kind=kind.name,
            fields=fields,
            id=each.id if is_twin else None,
            scope=each.scope.id if several else None,
        )


def _named(
    kind: Kind[Any], name: str, resource: Resource[Any], value: Any, context: Context
) -> Any:
    """Return the value of a field with IDs replaced by names."""
    field = kind.by_name.get(name)
    if field is None or field.refers_to is None or field.output != "id":
        return value
    target, scope = field.refers_to, resource.scope.id

    def name_of(key: Any) -> Any:
        found = context.inventory.by_id(target, scope, str(key))
        return key if found is None else _unique(found, context)

    return [name_of(key) for key in value] if isinstance(value, list) else name_of(value)


def _unique(resource: Resource[Any], context: Context) -> str:
    """Return the label of a resource, or its ID if the label is ambiguous."""
    label = label_of(resource)
    found = context.inventory.by_label(resource.kind, resource.scope.id, label)
    return label if len(found) == 1 else resource.id
