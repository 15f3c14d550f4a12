"""The store of the emulator: JSON documents by path."""

from __future__ import annotations

from collections.abc import Generator, Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from .problems import not_found

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterable, Mapping, ValuesView

    from .json_values import JsonObject

Path = tuple[str, ...]
"""Path of a document or a collection: the decoded segments of its path in the API."""

Key = tuple[Path, str]
"""A collection's path and the id of a document in it."""


class Collection(MutableMapping[str, "JsonObject"]):
    """Documents by id, in the order of their creation.

    Inside a writing transaction, every document that is returned counts as changed, so that the
    caller may change it in place. Outside of one, documents are read-only.

    Args:
        path: Where it is.
        store: The store that it belongs to.

    Attributes:
        path: Where it is.
        views: Values derived from documents, by id; discarded when the documents change.
    """

    __slots__ = ("_documents", "_store", "path", "views")

    def __init__(self, path: Path, store: Store) -> None:
        self.path: Path = path
        self.views: dict[str, Any] = {}
        self._documents: dict[str, JsonObject] = {}
        self._store = store

    def __getitem__(self, key: str) -> JsonObject:
        document = self._documents[key]
        if self._store.writing:
            self._store.touch(self.path, key, document)
        return document

    def __setitem__(self, key: str, document: JsonObject) -> None:
        self._store.touch(self.path, key, self._documents.get(key))
        self._documents[key] = document

    def __delitem__(self, key: str) -> None:
        self._store.touch(self.path, key, self._documents.pop(key))
        self._store.drop_below((*self.path, key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, key: object) -> bool:
        return key in self._documents

    def values(self) -> ValuesView[JsonObject]:
        """The documents."""
        self._touch_all()
        return self._documents.values()

    def items(self) -> ItemsView[str, JsonObject]:
        """The documents with their ids."""
        self._touch_all()
        return self._documents.items()

    def peek(self, key: str) -> JsonObject | None:
        """Return a document for reading only, or None if it does not exist."""
        return self._documents.get(key)

    def peek_all(self) -> dict[str, JsonObject]:
        """The documents by id, not counted as changed."""
        return self._documents

    def exchange(self, documents: dict[str, JsonObject]) -> dict[str, JsonObject]:
        """Replace the documents, and return the former ones."""
        held, self._documents = self._documents, documents
        return held

    def _touch_all(self) -> None:
        if self._store.writing:
            for key, document in self._documents.items():
                self._store.touch(self.path, key, document)


class Store:
    """Documents by path.

    A document is a JSON object. Its properties are those that the API shows and others, with
    names that begin with an underscore, that only the emulator knows. A document may have
    collections below it, which are deleted with it. A single document at a path, such as the
    upgrade window of a service, is part of the collection of all documents below that service.

    Attributes:
        writing: Whether a transaction is open.
        touched: The keys of the documents that may have changed since the last commit, in order:
            new documents are stored in a file in the order of their creation.
        before: Versions of documents before they may have changed since `History.note`, in encoded
            form, or None for new ones; None while they are not needed.
    """

    def __init__(self) -> None:
        self.writing: bool = False
        self.touched: dict[Key, None] = {}
        self.before: dict[Key, bytes | None] | None = None
        self._collections: dict[Path, Collection] = {}
        self._below: dict[Path, set[Path]] = {}

    def collection(self, path: Path) -> Collection:
        """Return the collection at a path, which may be empty."""
        found = self._collections.get(path)
        if found is None:
            found = self._collections[path] = Collection(path, self)
            # Paths in between, without documents of their own, are registered too.
            for length in range(len(path), 0, -1):
                below = self._below.setdefault(path[: length - 1], set())
                if path[:length] in below:
                    break
                below.add(path[:length])
        return found

    def find(self, path: Path) -> JsonObject | None:
        """Return the document at a path, or None if there is none."""
        collection = self._collections.get(path[:-1])
        return None if collection is None else collection.get(path[-1])

    def peek(self, path: Path) -> JsonObject | None:
        """Return the document at a path for reading only, or None if there is none."""
        collection = self._collections.get(path[:-1])
        return None if collection is None else collection.peek(path[-1])

    def document(self, path: Path) -> JsonObject:
        """Return the document at a path.

        Raises:
            Problem: 404 if there is none.
        """
        document = self.find(path)
        if document is None:
            raise not_found(name_of(path))
        return document

    def put(self, path: Path, document: JsonObject) -> JsonObject:
        """Store a document at a path, and return it."""
        self.collection(path[:-1])[path[-1]] = document
        return document

    def remove(self, path: Path) -> None:
        """Delete the document at a path and everything below it.

        Raises:
            Problem: 404 if there is none.
        """
        collection = self.collection(path[:-1])
        if path[-1] not in collection:
            raise not_found(name_of(path))
        del collection[path[-1]]

    def drop_below(self, path: Path) -> None:
        """Delete every collection at a path and below it."""
        for key, document in self._collections.pop(path, Collection(path, self)).items():
            self.touch(path, key, document)
        for inner in self._below.pop(path, ()):
            self.drop_below(inner)

    def touch(self, path: Path, key: str, document: JsonObject | None) -> None:
        """Record that a document may change, is new or is deleted.

        Args:
            path: The collection's path.
            key: The document's id.
            document: The present document; None if there is none.
        """
        self.touched[path, key] = None
        if self.before is not None and (path, key) not in self.before:
            self.before[path, key] = None if document is None else orjson.dumps(document)

    @contextmanager
    def replaced(self, documents: Mapping[Key, JsonObject | None]) -> Generator[None]:
        """Replace documents, and the values derived from them, while a block reads.

        Args:
            documents: The documents by their keys; None for none.
        """
        held: dict[Path, dict[str, JsonObject]] = {}
        for (path, key), document in documents.items():
            collection = self.collection(path)
            if path not in held:
                held[path] = collection.exchange(dict(collection.peek_all()))
            if document is None:
                collection.peek_all().pop(key, None)
            else:
                collection.peek_all()[key] = document
        views = [(collection, collection.views) for collection in self._collections.values()]
        for collection, _ in views:
            collection.views = {}
        try:
            yield
        finally:
            for path, present in held.items():
                self.collection(path).exchange(present)
            for collection, present_views in views:
                collection.views = present_views

    def all(self) -> Iterator[tuple[Key, JsonObject]]:
        """Yield every document with its key, in the order of creation."""
        for path, collection in self._collections.items():
            for key in collection:
                document = collection.peek(key)
                assert document is not None
                yield (path, key), document

    def load(self, documents: Iterable[tuple[Key, JsonObject]]) -> None:
        """Replace all documents."""
        self._collections.clear()
        self._below.clear()
        for (path, key), document in documents:
            self.collection(path)[key] = document

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Allow changes of documents during the block."""
        self.writing = True
        try:
            yield
        finally:
            self.writing = False

    def commit(self) -> dict[Key, None]:
        """Discard values derived from changed documents and their parents.

        Returns:
            The keys of the documents that may have changed, were added or are gone, in order.
        """
        touched, self.touched = self.touched, {}
        for path, key in touched:
            whole = (*path, key)
            for length in range(len(whole), 1, -1):
                collection = self._collections.get(whole[: length - 1])
                if collection is not None:
                    collection.views.pop(whole[length - 1], None)
        return touched


def public(document: JsonObject) -> JsonObject:
    """Return a document without the emulator's private properties."""
    return {name: value for name, value in document.items() if name[:1] != "_"}


_PLURALS = (("ies", "y"), ("ches", "ch"), ("gres", "gres"), ("s", ""))


def name_of(path: Path) -> str:
    """Return the name of a document, such as ``service 42`` or ``upgradeWindow of 42``."""
    collection, key = path[-2], path[-1]
    if any(letter.isdecimal() for letter in collection):
        return f"{key} of {collection}"
    for plural, singular in _PLURALS:
        if collection.endswith(plural):
            return f"{collection.removesuffix(plural)}{singular} {key}"
    return f"{collection} {key}"
