"""Results of earlier observations, in a file.

The file is a cache, not a state: if it is lost, the actual state is read again.
"""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import orjson

from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FORMAT = "clickhouse-cloud-async knowledge"
_VERSION = 1
_FIRST_YEAR, _LAST_YEAR = 2000, 9000

Place: TypeAlias = tuple[str, str, str]
"""Key of an entry: the organisation or account, what was read, and the ID of the parent."""


@attrs.frozen(kw_only=True)
class Entry:
    """The results about the children of one parent.

    Attributes:
        observed: When the observation began, by the clock of the server.
        parent: Digest of the parent's item in the list of parents at that time.
        label: The label of the parent.
        results: The results of the requests, in the form of `Memory`.
    """

    observed: datetime
    parent: str
    label: str
    results: Mapping[str, list[Any]] = attrs.field(repr=False)


@attrs.define(kw_only=True)
class Knowledge:
    """The results of earlier observations.

    Attributes:
        api: The API.
        entries: The results.
        stamp: The version of the file that they are from; None if there was none.
    """

    api: str
    entries: dict[Place, Entry] = attrs.Factory(dict[Place, Entry])
    stamp: tuple[int, int] | None = None

    @classmethod
    def load(cls, path: Path, api: str) -> Knowledge:
        """Read a file; without a file there are no results.

        Args:
            path: The file.
            api: The API whose results it must contain.

        Raises:
            InvalidArgumentError: It is another kind of file, is damaged, or cannot be written.
            OSError: The file cannot be read.
        """
        if not os.access(path.parent, os.W_OK):
            # Reading the actual state may take hours, so that this is checked first.
            raise InvalidArgumentError(f"since: the folder {path.parent} cannot be written to")
        stamp = _stamp(path)
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return cls(api=api)
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            raise _refusal(path, "it is not a file of this kind")
        if document.get("version") != _VERSION:
            raise _refusal(path, f"it has version {document.get('version')!r}, not {_VERSION}")
        if document.get("api") != api:
            raise _refusal(path, f"it is about {document.get('api')!r}, not {api}")
        try:
            entries = dict(map(_entry, document["entries"]))
        except (TypeError, KeyError, ValueError):
            raise _refusal(path, "it is damaged") from None
        return cls(api=api, entries=entries, stamp=stamp)

    def is_outdated(self, path: Path) -> bool:
        """Return whether another program has written the file since these results were read.

        Args:
            path: The file.
        """
        return _stamp(path) not in {None, self.stamp}

    def forget(self, parents: Collection[tuple[str, str]]) -> None:
        """Remove all results about the children of some parents.

        Args:
            parents: Scope and ID of each parent.
        """
        for place in list(self.entries):
            if (place[0], place[2]) in parents:
                del self.entries[place]

    def save(self, path: Path) -> None:
        """Write a file that only its owner may read; it is replaced in one step.

        Args:
            path: The file.

        Raises:
            OSError: The file cannot be written.
        """
        document = {
            "format": _FORMAT,
            "version": _VERSION,
            "api": self.api,
            "entries": [_written(*each) for each in self.entries.items()],
        }
        # Such a file is private to its owner from the beginning.
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.write(json_bytes(document))
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
                self.stamp = _stamp(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what differs between two versions of a file, each of which is a new file."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def _refusal(path: Path, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"since: {path}: {reason}; name another file, or delete this one")


def _written(place: Place, entry: Entry) -> dict[str, Any]:
    return {
        "place": list(place),
        "observed": entry.observed.isoformat(),
        "parent": entry.parent,
        "label": entry.label,
        "results": entry.results,
    }


def _entry(document: Mapping[str, Any]) -> tuple[Place, Entry]:
    """Return the key of an entry, and the entry.

    Raises:
        TypeError: A value has a wrong type.
        KeyError: A value is missing.
        ValueError: A value has a wrong form.
    """
    scope, what, parent = map(_text, document["place"])
    results = document["results"]
    if not isinstance(results, dict):
        raise TypeError
    if not all(isinstance(each, list) and len(each) <= 1 for each in results.values()):
        raise ValueError
    observed = datetime.fromisoformat(_text(document["observed"]))
    # A time at the limits of what datetime can express has no earlier or later time.
    if observed.tzinfo is None or not _FIRST_YEAR <= observed.year <= _LAST_YEAR:
        raise ValueError
    return (scope, what, parent), Entry(
        observed=observed,
        parent=_text(document["parent"]),
        label=_text(document["label"]),
        results=results,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
