"""Stores the documents of an emulator in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from .json_values import is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path as FilePath

    from .json_values import JsonObject
    from .store import Key, Path, Store

_APPLICATION_ID = 0x63686363
"""Application ID of the database."""

PRIVATE = 0o600
"""Permissions of the file."""

_FORMAT = 2
"""Version of the format, raised on incompatible changes."""


class StateFileError(ValueError):
    """A state file cannot be used or written; the message has the reason."""


def read_state(file: FilePath) -> list[tuple[Key, JsonObject]]:
    """Read all documents of a state file, in the order of their creation.

    Args:
        file: The file; it need not exist.

    Raises:
        StateFileError: It is not a state file, of another version, or in use.
    """
    if not file.exists() or file.stat().st_size == 0:
        return []
    connection = _connect(file)
    try:
        rows = connection.execute("SELECT path, key, body FROM documents ORDER BY rowid")
        return [_document(path, key, body) for path, key, body in rows]
    except (sqlite3.Error, ValueError) as problem:
        raise _unusable(file, problem) from problem
    finally:
        connection.close()


def _document(path: bytes, key: object, body: bytes) -> tuple[Key, JsonObject]:
    """Return the document of a row.

    Raises:
        ValueError: The row was not written by an emulator.
    """
    names, document = orjson.loads(path), orjson.loads(body)
    is_path = is_array(names) and all(isinstance(name, str) for name in names)
    if not is_path or not isinstance(key, str) or not is_object(document):
        raise ValueError(f"the document {key!r} at {names!r} is damaged")
    return (tuple(map(str, names)), key), document


class StateFile:
    """An open state file, to which changes are written atomically.

    It is in write-ahead mode, so that a process that is killed at any time leaves the state after
    the last complete change.

    Args:
        file: The file; it is created if it does not exist.
        store: The documents to write, from `write_all` on.

    Raises:
        StateFileError: It is not a state file, of another version, or in use.
    """

    def __init__(self, file: FilePath, store: Store) -> None:
        self._file = file
        self._store = store
        self._written: dict[Key, int] = {}
        self._connection = _connect(file)
        self._identity = _identity(file)

    def document(self, path: Path) -> JsonObject | None:
        """Return the stored document of a path, or None if there is none.

        Raises:
            StateFileError: It cannot be read.
        """
        query = "SELECT body FROM documents WHERE path = ? AND key = ?"
        try:
            row = self._connection.execute(query, (orjson.dumps(path[:-1]), path[-1])).fetchone()
            return None if row is None else orjson.loads(row[0])
        except (sqlite3.Error, orjson.JSONDecodeError) as problem:
            raise _unusable(self._file, problem) from problem

    def write_all(self) -> None:
        """Replace the content of the file by that of the store.

        Raises:
            StateFileError: It cannot be written, and is unchanged.
        """
        self._written.clear()
        with self._transaction():
            self._connection.execute("DELETE FROM documents")
            self._write(key for key, _ in self._store.all())

    def write(self, keys: Iterable[Key]) -> None:
        """Write the documents that may have changed.

        Args:
            keys: Their keys; those without a document are deleted.

        Raises:
            StateFileError: It cannot be written, and is unchanged.
        """
        with self._transaction():
            self._write(keys)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        if (identity := _identity(self._file)) != self._identity:
            what = "deleted" if identity is None else "replaced by another file"
            raise StateFileError(f"{self._file} was {what} while it was in use")
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error as problem:
            # The latest changes are missing, so that everything is written again.
            self._written.clear()
            raise _unusable(self._file, problem) from problem

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _write(self, keys: Iterable[Key]) -> None:
        gone: list[tuple[bytes, str]] = []
        changed: list[tuple[bytes, str, bytes]] = []
        for path, key in keys:
            document = self._store.peek((*path, key))
            if document is None:
                self._written.pop((path, key), None)
                gone.append((orjson.dumps(path), key))
                continue
            body = orjson.dumps(document)
            if self._written.get((path, key)) != hash(body):
                self._written[path, key] = hash(body)
                changed.append((orjson.dumps(path), key, body))
        self._connection.executemany("DELETE FROM documents WHERE path = ? AND key = ?", gone)
        self._connection.executemany(
            "INSERT INTO documents (path, key, body) VALUES (?, ?, ?)"
            " ON CONFLICT (path, key) DO UPDATE SET body = excluded.body",
            changed,
        )


def _identity(file: FilePath) -> tuple[int, int] | None:
    """Return the identity of the file at a path; None if it does not exist."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _connect(file: FilePath) -> sqlite3.Connection:
    try:
        _make_private(file)
    except OSError as problem:
        raise _unusable(file, problem) from problem
    try:
        connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    except sqlite3.Error as problem:
        raise _unusable(file, problem) from problem
    try:
        _prepare(connection)
    except sqlite3.DatabaseError as problem:
        connection.close()
        raise _unusable(file, problem) from problem
    except StateFileError:
        connection.close()
        raise
    return connection


def _make_private(file: FilePath) -> None:
    """Create the file if it is missing, readable by its owner only: it holds an API secret.

    SQLite uses the same permissions for the files that it creates beside a database.
    """
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, PRIVATE))
    if file.stat().st_mode & ~PRIVATE & 0o777:
        file.chmod(PRIVATE)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    # A process may be killed at any time; only a power failure may lose the last
    # changes, never a part of one.
    connection.execute("PRAGMA synchronous = NORMAL")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not tables:
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {_FORMAT}")
        connection.execute(
            "CREATE TABLE documents (path BLOB, key TEXT, body BLOB, PRIMARY KEY (path, key))"
        )
    elif application != _APPLICATION_ID:
        raise StateFileError("the file is not the state file of an emulator")
    elif version != _FORMAT:
        raise StateFileError(f"the state file has format {version}, and only {_FORMAT} can be read")


def _unusable(file: FilePath, problem: Exception) -> StateFileError:
    if "locked" in str(problem):
        return StateFileError(f"{file} is in use by another emulator")
    reason = problem.strerror if isinstance(problem, OSError) else problem
    return StateFileError(f"{file} cannot be used as a state file: {reason}")
