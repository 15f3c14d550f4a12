"""Earlier versions of documents, for stale reads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .json_values import JsonObject
    from .store import Key, Path, Store


class History:
    """Earlier versions of documents, which are only kept while they are needed.

    Args:
        store: The store of the documents.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: dict[Key, list[tuple[float, bytes | None]]] = {}

    def keep(self, needed: bool) -> None:  # noqa: FBT001 - the state that it is to be in
        """Keep versions, or discard them."""
        if needed == (self._store.before is not None):
            return
        self._store.before = {} if needed else None
        self._versions.clear()

    def note(self, moment: float) -> None:
        """Store the versions of documents before a time at which they may have changed."""
        before = self._store.before
        if not before:
            return
        for (path, key), body in before.items():
            document = self._store.peek((*path, key))
            if body != (None if document is None else orjson.dumps(document)):
                self._versions.setdefault((path, key), []).append((moment, body))
        before.clear()

    def changed_since(
        self, moment: float, path: Path, resource: str | None
    ) -> dict[Key, bytes | None]:
        """Return the changed documents that a request shows, in their versions at a time.

        Args:
            moment: The emulated time, in seconds.
            path: The place of the request: documents there, above and below it are included.
            resource: Only documents of this resource, by id or name, and below it; all if None.

        Returns:
            Documents in encoded form by their keys; None for those that did not exist.
        """
        found: dict[Key, bytes | None] = {}
        for key, versions in self._versions.items():
            whole = (*key[0], key[1])
            length = min(len(whole), len(path))
            earlier = [version for version in versions if version[0] > moment]
            if not earlier or whole[:length] != path[:length]:
                continue
            if resource is None or resource in self._names(whole, versions):
                found[key] = earlier[0][1]
        return found

    @contextmanager
    def shown(self, versions: Mapping[Key, bytes | None]) -> Generator[None]:
        """Replace documents of the store by earlier versions during the block."""
        documents = {
            key: None if body is None else orjson.loads(body) for key, body in versions.items()
        }
        with self._store.replaced(documents):
            yield

    def _names(self, path: Path, versions: list[tuple[float, bytes | None]]) -> set[str]:
        names = names_at(self._store, path)
        for _, body in versions:
            if body is not None:
                names |= _names_of(orjson.loads(body))
        return names


def names_at(store: Store, path: Path) -> set[str]:
    """Return ids and names of the existing resources on a path.

    Args:
        store: The store of the resources.
        path: The path; its last segment is always included as an id.
    """
    names = {path[-1]} if path else set[str]()
    for length in range(2, len(path) + 1):
        document = store.peek(path[:length])
        if document is not None:
            names |= {path[length - 1], *_names_of(document)}
    return names


def _names_of(document: JsonObject) -> set[str]:
    return {value for value in (document.get("id"), document.get("name")) if isinstance(value, str)}
