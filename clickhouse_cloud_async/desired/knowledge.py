"""What earlier looks have found, in a file.

The file is no state: nothing is lost with it but the time that another look takes.
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
    from collections.abc import Mapping

_FORMAT = "clickhouse-cloud-async knowledge"
_VERSION = 1
_FIRST_YEAR, _LAST_YEAR = 2000, 9000

Place: TypeAlias = tuple[str, str, str]
"""Where a look was: the organisation or account, what was read, and the ID of the parent."""


@attrs.frozen(kw_only=True)
class Entry:
    """What a look has found in one place.

    Attributes:
        observed: When the look began, by the clock of the server.
        parent: Digest of what the list of parents showed of the parent then.
        label: The label of the parent.
        results: The results of the requests, as `Memory` has them.
    """

    observed: datetime
    parent: str
    label: str
    results: Mapping[str, list[Any]] = attrs.field(repr=False)


@attrs.define(kw_only=True)
class Knowledge:
    """What earlier looks have found.

    Attributes:
        api: The API that it is about.
        entries: What was found, by where.
    """

    api: str
    entries: dict[Place, Entry] = attrs.Factory(dict[Place, Entry])

    @classmethod
    def load(cls, path: Path, api: str) -> Knowledge:
        """Read a file; one that is not there yet holds nothing.

        Args:
            path: The file.
            api: The API that it has to be about.

        Raises:
            InvalidArgumentError: It is another file, or a damaged one, or it cannot be written.
            OSError: It cannot be read.
        """
        if not os.access(path.parent, os.W_OK):
            # A look may take hours, and is not begun in vain.
            raise InvalidArgumentError(f"since: the folder {path.parent} cannot be written to")
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
        return cls(api=api, entries=entries)

    def save(self, path: Path) -> None:
        """Write a file that only its owner may read; it appears when all has been written.

        Args:
            path: The file; what is there is replaced.

        Raises:
            OSError: It cannot be written.
        """
        document = {
            "format": _FORMAT,
            "version": _VERSION,
            "api": self.api,
            "entries": [_written(*each) for each in self.entries.items()],
        }
        # Such a file is its owner's alone from the beginning.
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.write(json_bytes(document))
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


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
    """Return an entry and its place.

    Raises:
        TypeError: Something has another type.
        KeyError: Something is missing.
        ValueError: Something has another form.
    """
    scope, what, parent = map(_text, document["place"])
    results = document["results"]
    if not isinstance(results, dict):
        raise TypeError
    if not all(isinstance(each, list) and len(each) <= 1 for each in results.values()):
        raise ValueError
    observed = datetime.fromisoformat(_text(document["observed"]))
    # Far from all looks there is no time before or after.
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
