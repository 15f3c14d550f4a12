"""Keeps what an emulator holds in a file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path as FilePath

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.store import Key, Store

_APPLICATION_ID = 0x63686363
"""Marks the file as an emulator's."""

_FORMAT = 1
"""Goes up when a file that was written before can not be read any more."""


class StateFileError(ValueError):
    """A state file that can not be used or written, with what is wrong with it."""


def read_state(file: FilePath) -> list[tuple[Key, JsonObject]]:
    """Read every document of a state file, in the order in which they came.

    Args:
        file: The file; it need not be there.

    Raises:
        StateFileError: It is no state file, of another version, or in use.
    """
    if not file.exists() or file.stat().st_size == 0:
        return []
    connection = _connect(file)
    try:
        rows = connection.execute("SELECT path, key, body FROM documents ORDER BY rowid")
        return [((tuple(orjson.loads(path)), key), orjson.loads(body)) for path, key, body in rows]
    except (sqlite3.Error, orjson.JSONDecodeError) as problem:
        raise _unusable(file, problem) from problem
    finally:
        connection.close()


class StateFile:
    """An open state file: it takes in what changes, all or nothing of each change.

    It is in write-ahead mode, so a process that is killed at any moment leaves the state of
    the last whole change behind.

    Args:
        file: The file; it is made where it is not there.
        store: What is kept in it; all of it is written at first.

    Raises:
        StateFileError: It is no state file, of another version, or in use.
    """

    def __init__(self, file: FilePath, store: Store) -> None:
        self._file = file
        self._store = store
        self._written: dict[Key, int] = {}
        self._connection = _connect(file)
        try:
            self.write_all()
        except StateFileError:
            self._connection.close()
            raise

    def write_all(self) -> None:
        """Put everything that the store holds in the place of what the file holds.

        Raises:
            StateFileError: It can not be written; then it holds what it held.
        """
        self._written.clear()
        with self._transaction():
            self._connection.execute("DELETE FROM documents")
            self._write(key for key, _ in self._store.all())

    def write(self, keys: Iterable[Key]) -> None:
        """Take in the documents that may have changed.

        Args:
            keys: Their keys; one whose document is gone is taken out.

        Raises:
            StateFileError: It can not be written; then it holds what it held.
        """
        with self._transaction():
            self._write(keys)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        if not self._file.exists():
            raise StateFileError(f"{self._file} was deleted while it was in use")
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error as problem:
            # What was to be written is not there, so all is written again.
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


def _connect(file: FilePath) -> sqlite3.Connection:
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


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    # A process may be killed at any moment; only a machine that loses power may lose the last
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
        raise StateFileError("the file holds something else than the state of an emulator")
    elif version != _FORMAT:
        raise StateFileError(f"the state file has format {version}, and only {_FORMAT} can be read")


def _unusable(file: FilePath, problem: Exception) -> StateFileError:
    if "locked" in str(problem):
        return StateFileError(f"{file} is in use by another emulator")
    return StateFileError(f"{file} can not be used as a state file: {problem}")
