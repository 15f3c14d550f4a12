"""Checks the references of a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from .references import Reference, Template
from .validation import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .entry import Entry
    from .kinds import Kinds
    from .validation import FieldPath


def check_links(kinds: Kinds, entries: Sequence[Entry]) -> None:
    """Check the references of a document.

    Whether a resource exists that the document does not describe is determined only by a plan.

    Args:
        kinds: The kinds of the API.
        entries: The resources of the document, which collect the errors.
    """
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        for name in {entry.name, f"{entry.parent}/{entry.name}"}:
            named[entry.kind.name, name].append(index)
    graph: dict[int, set[int]] = {index: set() for index in range(len(entries))}
    for index, entry in enumerate(entries):
        later = entry.kind.later(entry.fields)
        for path, reference in links_of(entry):
            found = _meant(kinds, entry, reference, named)
            if reference.kind not in kinds:
                entry.errors.add(
                    path, f"{reference}: {unknown(reference.kind, kinds.names, 'kind')}"
                )
            elif len(found) > 1:
                of = kinds[reference.kind].parent
                hint = f": write {of.field}/{reference.name}" if of is not None else ""
                entry.errors.add(path, f"{len(found)} {reference.kind} have this name{hint}")
            elif path[len(entry.path)] not in later:
                graph[index].update(found)
    _check_circle(entries, graph)


def _meant(
    kinds: Kinds,
    entry: Entry,
    reference: Reference,
    named: Mapping[tuple[str, str], Sequence[int]],
) -> Sequence[int]:
    """Return the possible targets of a reference: resources of the same parent, or else others."""
    if reference.kind in kinds.beside(entry.kind.name):
        found = named.get((reference.kind, f"{entry.parent}/{reference.name}"))
        if found:
            return found
    return named.get((reference.kind, reference.name), ())


def links_of(entry: Entry) -> Iterator[tuple[FieldPath, Reference]]:
    """Yield the references of a resource of a document, with their paths.

    Args:
        entry: The resource.
    """
    kind, fields = entry.kind, entry.fields
    links = {field.name: field.refers_to for field in kind.fields if field.refers_to is not None}
    if kind.parent is not None:
        links[kind.parent.field] = kind.parent.kind
    for name, value in fields.items():
        yield from _references((*entry.path, name), value)
        if name in links:
            names = value if isinstance(value, list) else [value]
            for each in names:
                if isinstance(each, str):
                    yield (*entry.path, name), Reference(links[name], each)


def _references(path: FieldPath, value: Any) -> Iterator[tuple[FieldPath, Reference]]:
    if isinstance(value, Reference):
        yield path, value
    elif isinstance(value, Template):
        for part in value.parts:
            yield from _references(path, part)
    else:
        for step, item in _items(value):
            yield from _references((*path, step), item)


def _items(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _check_circle(entries: Sequence[Entry], graph: Mapping[int, set[int]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # The sorter lists the cycle in reverse order of the references, with one resource twice.
        ring = error.args[1][:0:-1]
        first = ring.index(min(ring))
        circle = [entries[index] for index in (*ring[first:], *ring[: first + 1])]
        shown = " -> ".join(f"{entry.kind.name}.{entry.name}" for entry in circle)
        circle[0].errors.add(circle[0].path, f"the references form a cycle: {shown}")
