"""Converts files of a document, or plain values, to descriptions.

A document is a mapping: ``fleet`` with its name, ``organization`` for all resources that name none,
``defaults`` for each kind, ``prune`` with the kinds of which all resources that are not described
are deleted, ``adopt``, which says whether existing resources become part of the fleet, and a list
of resources for each kind. Several files can form one document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.values import Secret

from .defaults import merge
from .description import RESERVED, Described, Description
from .entry import Entry
from .linking import check_links
from .references import references_in
from .repetition import FOR_EACH, repeat
from .shape_reader import ShapeReader
from .shapes import shape_of
from .validation import check_all, shown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .entry import Text
    from .external import Inputs
    from .kind import Kind
    from .kinds import Kinds
    from .validation import ErrorCollector, FieldPath

HEAD: Mapping[str, type] = {"fleet": str, "organization": str, "defaults": dict, "prune": list}
"""Keys of a document that are not kinds."""

ADOPT = "adopt"
"""A key of documents of APIs with kinds whose resources carry the mark of their fleet."""

_TYPES: Mapping[type, str] = {
    str: "text", dict: "a mapping", list: "a list", bool: "true or false",
}  # fmt: skip
_RESERVED_TYPES: Mapping[str, Any] = {"id": str, "organization": str, "absent": bool}


_FLEET_NAME = re.compile(r"[A-Za-z0-9._-]{1,256}")


def load(kinds: Kinds, texts: Sequence[Text], inputs: Inputs) -> Description:
    """Read a document.

    Args:
        kinds: The kinds that it may contain.
        texts: Its files as plain values.
        inputs: Reads its external values.

    Raises:
        DescriptionError: It has errors, all of which are listed.
    """
    loader = _Loader(kinds, inputs)
    for text in texts:
        loader.read_head(text)
    for text in texts:
        loader.read_resources(text)
    return loader.result([text.errors for text in texts])


class _Loader:
    """Reads the files of a document in order."""

    def __init__(self, kinds: Kinds, inputs: Inputs) -> None:
        self._kinds = kinds
        self._inputs = inputs
        self._known = {**HEAD, **({ADOPT: bool} if kinds.owned else {})}
        self._head: dict[str, tuple[Any, ErrorCollector]] = {}
        self._defaults: dict[str, tuple[Mapping[str, Any], ErrorCollector]] = {}
        self._named: set[str] = set()
        self._prune: set[str] = set()
        self._entries: list[Entry] = []

    def read_head(self, text: Text) -> None:
        """Read the parts that apply to the resources of all files."""
        errors = text.errors
        if not isinstance(text.value, Mapping):
            errors.add((), "a document is a mapping with the field fleet, and a list for each kind")
            return
        document: Mapping[str, Any] = text.value
        for field, value in document.items():
            expected = list if field in self._kinds else self._known.get(field)
            if expected is None:
                errors.add((field,), unknown(field, (*self._known, *self._kinds.names), "kind"))
            elif not _is(value, expected):
                errors.add((field,), f"is not {_TYPES[expected]}")
            elif field in self._kinds:
                self._named.add(field)
            elif field in {"fleet", "organization", ADOPT}:
                self._read_once(field, value, errors)
            elif field == "prune":
                self._read_prune(value, errors)
            else:
                self._read_defaults(value, errors)

    def _read_once(self, field: str, value: Any, errors: ErrorCollector) -> None:
        if field == "fleet" and not _FLEET_NAME.fullmatch(value):
            errors.add(
                ("fleet",),
                "must consist of 1 to 256 letters, digits, dots, hyphens and underscores",
            )
        there, elsewhere = self._head.setdefault(field, (value, errors))
        if there != value:
            errors.add((field,), f"is {there} in {_place(elsewhere, (field,))}")

    def _read_prune(self, names: list[object], errors: ErrorCollector) -> None:
        for index, name in enumerate(names):
            if isinstance(name, str) and name in self._kinds:
                self._prune.add(name)
            else:
                errors.add(("prune", index), unknown(str(name), self._kinds.names, "kind"))

    def _read_defaults(self, given: Mapping[str, Any], errors: ErrorCollector) -> None:
        for name, fields in given.items():
            path: FieldPath = ("defaults", name)
            if name not in self._kinds:
                errors.add(path, unknown(name, self._kinds.names, "kind"))
            elif not isinstance(fields, Mapping):
                errors.add(path, "is not a mapping")
            elif name in self._defaults:
                elsewhere = self._defaults[name][1]
                errors.add(path, f"there are defaults in {_place(elsewhere, path)}")
            else:
                read = self._read_default(self._kinds[name], fields, path, errors)
                self._defaults[name] = (read, errors)

    def _read_default(
        self, kind: Kind[Any], given: Mapping[str, Any], path: FieldPath, errors: ErrorCollector
    ) -> Mapping[str, Any]:
        for name in (*kind.key, "id", FOR_EACH):
            if name in given:
                errors.add((*path, name), f"each {kind.noun} has its own")
        read = ShapeReader(self._inputs, errors).fields(annotations_of(kind), given, path)
        return {name: value for name, value in read.items() if not errors.has((*path, name))}

    def read_resources(self, text: Text) -> None:
        """Read the resources of one file."""
        document = text.value if isinstance(text.value, Mapping) else {}
        for name, entries in document.items():
            if name in self._kinds and isinstance(entries, list):
                self._named.add(name)
                for index, fields in enumerate(entries):
                    path: FieldPath = (name, index)
                    self._entries += self._read_entry(self._kinds[name], fields, path, text.errors)

    def _read_entry(
        self, kind: Kind[Any], given: object, path: FieldPath, errors: ErrorCollector
    ) -> Iterator[Entry]:
        if not isinstance(given, Mapping):
            errors.add(path, f"{_article(kind.noun)} is a mapping of its fields")
            return
        defaults, _ = self._defaults.get(kind.name, ({}, None))
        reader = ShapeReader(self._inputs, errors)
        for fields in repeat(given, path, errors):
            read = reader.fields(annotations_of(kind), fields, path)
            merged = merge(kind.replaces, defaults, read)
            self._check(kind, merged, path, errors)
            yield Entry(kind, merged, path, errors)

    def _check(
        self, kind: Kind[Any], fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector
    ) -> None:
        needed = (*(() if kind.parent is None else (kind.parent.field,)), *kind.key)
        for name in needed:
            if name not in fields and not ("id" in fields and name in kind.key):
                errors.add((*path, name), "is required")
        for name in kind.key:
            if fields.get(name, True) in ("", None) or _holds_reference(fields.get(name)):
                errors.add(
                    (*path, name),
                    "identifies the resource: it must be written out, and must not be empty",
                )
        right = {
            name: value
            for name, value in fields.items()
            if name not in RESERVED and not _holds_reference(value)
        }
        if not errors.has(path):
            kind.check(right, path, errors)

    def result(self, collectors: Sequence[ErrorCollector]) -> Description:
        """Return the description.

        Raises:
            DescriptionError: The document has errors.
        """
        if "fleet" not in self._head and not any(each.has(("fleet",)) for each in collectors):
            collectors[0].add(("fleet",), "is required")
        _check_names(self._entries)
        check_links(self._kinds, self._entries)
        check_all(collectors)
        organization, _ = self._head.get("organization", (None, None))
        adopts, _ = self._head.get(ADOPT, (True, None))
        return Description(
            name=self._head["fleet"][0],
            resources=tuple(_described(entry, organization) for entry in self._entries),
            kinds=frozenset(self._named),
            prune=frozenset(self._prune),
            adopts=adopts,
            warnings=tuple(warning for errors in collectors for warning in errors.warnings),
        )


def _is(value: object, expected: type) -> bool:
    return isinstance(value, expected)


def _described(entry: Entry, organization: str | None) -> Described:
    fields = {name: value for name, value in entry.fields.items() if name not in RESERVED}
    return Described(
        kind=entry.kind.name,
        fields=fields,
        id=entry.fields.get("id"),
        scope=entry.fields.get("organization", organization),
        is_absent=entry.fields.get("absent", False),
        is_strict=entry.fields.get("strict", False),
        path=entry.path,
    )


def annotations_of(kind: Kind[Any]) -> Mapping[str, Any]:
    """Return the annotations of all fields of a resource in documents.

    Args:
        kind: The kind of the resource.
    """
    parent = {} if kind.parent is None else {kind.parent.field: str}
    # The API declares some secrets as plain text.
    secrets = {
        field.name: Secret | None
        for field in kind.fields
        if field.is_secret and shape_of(kind.types[field.name]).is_text
    }
    strict = {"strict": bool} if any(field.strict for field in kind.fields) else {}
    return {**parent, **kind.types, **secrets, **_RESERVED_TYPES, **strict}


def _check_names(entries: Iterable[Entry]) -> None:
    seen: dict[tuple[Any, ...], Entry] = {}
    for entry in entries:
        if (key := entry.identity) is None:
            continue
        first = seen.setdefault(key, entry)
        if first is not entry:
            place = _place(first.errors, first.path)
            reason = f"there is another {entry.kind.noun} {entry.name!r} in {place}"
            path = (*entry.path, entry.kind.key[-1]) if entry.kind.key else entry.path
            entry.errors.add(path, f"{reason}: names must be unique")


def _place(errors: ErrorCollector, path: FieldPath) -> str:
    """Return the position of a value, for a message about another value."""
    line = errors.line(path)
    if errors.file is None or line is None:
        return shown(path)
    return f"{errors.file}:{line}"


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def _holds_reference(value: object) -> bool:
    return next(references_in(value), None) is not None
