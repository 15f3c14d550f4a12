"""The engine of a warehouse, in a process of its own: connections, sessions, statements."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import attrs

from .errors import (
    ACCESS_DENIED,
    NOT_IMPLEMENTED,
    SESSION_IS_LOCKED,
    SESSION_NOT_FOUND,
    SYNTAX_ERROR,
    UNKNOWN_SETTING,
    EngineError,
)
from .runs import DEFAULT_FORMAT, Run, Summary
from .safety import refusal
from .settings import BACKUP_DISK, write_settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from .statements import Statement

# Types are checked where it is not installed, too.
chdb: Any = import_module("chdb")

_PIECEWISE: Final = frozenset({
    "Native", "RowBinary", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV",
    "JSONEachRow", "NDJSON", "JSONLines", "JSONCompactEachRow", "JSONStringsEachRow", "RawBLOB",
    "LineAsString", "MsgPack", "Values",
})  # fmt: skip
"""Formats whose pieces make the whole when they are put after each other."""

_SETTING: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
"""The names that stand in a statement as they came."""

_READONLY: Final = 2
"""The setting ``readonly`` that forbids writing, and leaves other settings free."""


@attrs.define
class _Session:
    connection: Any
    lock: Lock = attrs.field(factory=Lock)
    until: float = 0.0


class Engine:
    """An engine over the folder of a warehouse; threads share it.

    Args:
        folder: The warehouse's folder, with its data and settings.
        backups: The folder of the backups.
    """

    def __init__(self, folder: Path, backups: Path) -> None:
        settings = write_settings(folder, backups)
        self._place = f"file:{folder / 'data'}?config-file={settings}"
        self._sessions: dict[tuple[str, bool], _Session] = {}
        self._lock = Lock()
        # The engine lives for as long as one connection does.
        self._first = chdb.connect(self._place)
        self._own_default_database(folder / "data")

    def _own_default_database(self, data: Path) -> None:
        """Put the database of this folder in the place of one that shows files of the machine.

        What is there at first holds the tables of this folder, too: it must not be dropped where
        there are any. Where there are none, it cannot be attached again.
        """
        has_tables = any((data / "metadata" / "default").glob("*.sql"))
        statements = (
            ("DETACH DATABASE default", "ATTACH DATABASE default")
            if has_tables
            else ("DROP DATABASE default", "CREATE DATABASE default ENGINE = Atomic")
        )
        for statement in ("USE system", *statements):
            self._first.query(statement)

    def back_up(self, name: str) -> None:
        """Back up every database.

        Args:
            name: Name of the backup.
        """
        self._administer(
            "BACKUP ALL EXCEPT DATABASES system, INFORMATION_SCHEMA, information_schema"
            f" TO Disk('{BACKUP_DISK}', '{name}')"
        )

    def restore(self, name: str) -> None:
        """Take in everything that a backup holds; nothing of it is there yet."""
        self._administer(f"RESTORE ALL FROM Disk('{BACKUP_DISK}', '{name}')")

    def _administer(self, statement: str) -> None:
        with self._connected(Run()) as connection:
            _query(connection, statement)

    @contextmanager
    def running(self, statement: Statement, run: Run) -> Generator[tuple[Summary, Iterator[bytes]]]:
        """Run a statement and yield its summary, which grows, with the pieces of its result.

        Args:
            statement: The statement.
            run: What it is run with.

        Raises:
            EngineError: It is refused, or it failed.
        """
        _check(statement)
        with self._connected(run) as connection:
            summary = Summary()
            yield summary, _pieces(connection, statement, run, summary)

    @contextmanager
    def _connected(self, run: Run) -> Generator[Any]:
        if run.session_id is None:
            connection = chdb.connect(self._place)
            try:
                _query(connection, f"USE {_quoted(run.database or 'default', '`')}")
                _apply(connection, run.settings, readonly=run.readonly)
                yield connection
            finally:
                connection.close()
        else:
            with self._session(run.session_id, run) as connection:
                yield connection

    @contextmanager
    def _session(self, session_id: str, run: Run) -> Generator[Any]:
        """Yield the connection of a session, which serves one statement at a time.

        Settings of a request hold for that request, those of ``SET`` for the session.
        """
        session = self._find_session(session_id, run)
        if not session.lock.acquire(blocking=False):
            raise EngineError(SESSION_IS_LOCKED, "Session is locked by a concurrent client.")
        try:
            if run.database is not None:
                _query(session.connection, f"USE {_quoted(run.database, '`')}")
            before = _values(session.connection, run.settings)
            try:
                _apply(session.connection, run.settings)
                yield session.connection
            finally:
                _apply(session.connection, before)
        finally:
            session.until = time.monotonic() + run.session_timeout
            session.lock.release()

    def _find_session(self, session_id: str, run: Run) -> _Session:
        key = session_id, run.readonly
        with self._lock:
            self._drop_old_sessions()
            session = self._sessions.get(key)
            if session is None:
                if run.session_check:
                    raise EngineError(SESSION_NOT_FOUND, "Session not found.")
                connection = chdb.connect(self._place)
                _query(connection, "USE default")
                _apply(connection, {}, readonly=run.readonly)
                session = self._sessions[key] = _Session(connection)
            session.until = time.monotonic() + run.session_timeout
            return session

    def _drop_old_sessions(self) -> None:
        now = time.monotonic()
        old = [
            key
            for key, session in self._sessions.items()
            if session.until < now and not session.lock.locked()
        ]
        for key in old:
            self._sessions.pop(key).connection.close()


def _check(statement: Statement) -> None:
    if not statement.words:
        raise EngineError(SYNTAX_ERROR, "Empty query")
    reason = refusal(statement)
    if reason is not None:
        raise EngineError(ACCESS_DENIED, f"default: Not allowed in the emulator: {reason}.")
    if any(word.keyword == ";" for word in statement.words[:-1]):
        raise EngineError(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")


def _pieces(connection: Any, statement: Statement, run: Run, summary: Summary) -> Iterator[bytes]:
    """Yield the pieces of a result; the statement runs when the first one is asked for."""
    began = time.perf_counter_ns()
    try:
        if statement.data is not None:
            _insert(connection, statement, run, summary)
        elif statement.is_query and (statement.format or run.default_format) in _PIECEWISE:
            with connection.send_query(statement.text, run.default_format) as stream:
                for piece in stream:
                    summary.count(piece)
                    summary.elapsed_ns = time.perf_counter_ns() - began
                    yield piece.bytes()
        else:
            result = _query(connection, statement.text, run.default_format)
            summary.count(result)
            if statement.is_insert and not summary.written_rows:
                summary.written_rows = result.storage_rows_read()
                summary.written_bytes = result.storage_bytes_read()
            yield result.bytes()
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the engine raises
        raise EngineError.of(error) from None
    finally:
        summary.elapsed_ns = time.perf_counter_ns() - began


def _insert(connection: Any, statement: Statement, run: Run, summary: Summary) -> None:
    if any(word.keyword == "INPUT" for word in statement.words):
        raise EngineError(NOT_IMPLEMENTED, "The emulator does not insert from input()")
    inserter = connection.send_insert(statement.text, statement.format or run.default_format)
    try:
        inserter.append(statement.data)
        result = inserter.finish()
    finally:
        inserter.close()
    summary.written_rows, summary.written_bytes = result.rows_written, result.bytes_written


def _values(connection: Any, names: Mapping[str, str]) -> dict[str, str]:
    """Return what settings are now; parameters have no value to go back to."""
    wanted = [name for name in names if not name.startswith("param_")]
    if not wanted:
        return {}
    columns = ", ".join(f"toString(getSetting({_quoted(name)}))" for name in wanted)
    values = _query(connection, f"SELECT {columns}", "TSVRaw").bytes().decode()
    return dict(zip(wanted, values.rstrip("\n").split("\t"), strict=False))


def _apply(connection: Any, settings: Mapping[str, str], *, readonly: bool = False) -> None:
    for name in settings:
        if not _SETTING.fullmatch(name):
            raise EngineError(UNKNOWN_SETTING, f"Unknown setting '{name}'.")
    pairs = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    pairs += [f"readonly = {_READONLY}"] if readonly else []
    if pairs:
        _query(connection, f"SET {', '.join(pairs)}")


def _query(connection: Any, statement: str, output: str = DEFAULT_FORMAT) -> Any:
    try:
        return connection.query(statement, output)
    except Exception as error:  # noqa: BLE001 - whatever the engine raises
        raise EngineError.of(error) from None


def _quoted(text: str, quote: str = "'") -> str:
    """Write a text between quotes, as SQL has it."""
    escaped = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"
