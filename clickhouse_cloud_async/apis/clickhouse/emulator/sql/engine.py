"""The engine of a warehouse, in a process of its own."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from .connections import Connections, chdb, query
from .errors import ACCESS_DENIED, NOT_IMPLEMENTED, SYNTAX_ERROR, EngineError
from .external import present
from .runs import Run, Summary
from .safety import refusal
from .settings import BACKUP_DISK, write_settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from .connections import Loan
    from .statements import Statement

_PIECEWISE: Final = frozenset({
    "Native", "RowBinary", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV",
    "JSONEachRow", "NDJSON", "JSONLines", "JSONCompactEachRow", "JSONStringsEachRow", "RawBLOB",
    "LineAsString", "MsgPack", "Values",
})  # fmt: skip
"""Formats whose pieces make the whole when they are put after each other."""


class Engine:
    """An engine over the folder of a warehouse; threads share it.

    Args:
        folder: The warehouse's folder, with its data and settings.
        backups: The folder of the backups.
    """

    def __init__(self, folder: Path, backups: Path) -> None:
        settings = write_settings(folder, backups)
        place = f"file:{folder / 'data'}?config-file={settings}"
        self._connections = Connections(place)
        # The engine lives for as long as one connection does.
        self._first = chdb.connect(place)
        self._own_default_database(folder / "data")
        self._lock = Lock()
        self._counted = time.process_time_ns()

    def take_processor_time(self) -> int:
        """Return the processor time of the process since the last call, in nanoseconds."""
        with self._lock:
            before, self._counted = self._counted, time.process_time_ns()
            return self._counted - before

    def _own_default_database(self, data: Path) -> None:
        """Put the database of this folder in place of one that shows files of the machine.

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
        with self._connections.lent(Run()) as loan:
            query(loan.connection, statement)

    @contextmanager
    def running(self, statement: Statement, run: Run) -> Generator[tuple[Summary, Iterator[bytes]]]:
        """Run a statement and yield its summary, which grows, with the pieces of its result.

        Args:
            statement: The statement.
            run: What it is run with.

        Raises:
            EngineError: It is refused, or it failed.
        """
        for each in (statement, *(table.definition for table in run.external)):
            _check(each)
        summary = Summary()
        try:
            with (
                self._connections.lent(run) as loan,
                present(loan.connection, run.external),
                closing(_pieces(loan, statement, run, summary)) as pieces,
            ):
                yield summary, pieces
        finally:
            if not (statement.is_query or statement.is_insert):
                self._connections.forget()


def _check(statement: Statement) -> None:
    if not statement.words:
        raise EngineError(SYNTAX_ERROR, "Empty query")
    reason = refusal(statement)
    if reason is not None:
        raise EngineError(ACCESS_DENIED, f"default: Not allowed in the emulator: {reason}.")
    keywords = [word.keyword for word in statement.words]
    if ("FROM", "INPUT", "(") in zip(keywords, keywords[1:], keywords[2:], strict=False):
        raise EngineError(NOT_IMPLEMENTED, "The emulator does not insert from input()")
    if any(word.keyword == ";" for word in statement.words[:-1]):
        raise EngineError(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")


def _pieces(loan: Loan, statement: Statement, run: Run, summary: Summary) -> Generator[bytes]:
    """Yield the pieces of a result; the statement runs when the first one is asked for."""
    began = time.perf_counter_ns()
    connection = loan.connection
    loan.has_settings |= statement.sets
    try:
        if statement.data is not None:
            _insert(connection, statement, run, summary)
        elif statement.streams and (statement.format or run.default_format) in _PIECEWISE:
            with connection.send_query(statement.text, run.default_format) as stream:
                for piece in stream:
                    summary.count(piece)
                    summary.elapsed_ns = time.perf_counter_ns() - began
                    yield piece.bytes()
        else:
            result = query(connection, statement.text, run.default_format)
            summary.count(result)
            if statement.is_insert and not summary.written_rows:
                summary.written_rows = result.storage_rows_read()
                summary.written_bytes = result.storage_bytes_read()
            yield result.bytes()
        loan.is_unchanged = statement.is_query
    except (EngineError, EOFError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the engine raises
        raise EngineError.of(error) from None
    finally:
        summary.elapsed_ns = time.perf_counter_ns() - began


def _insert(connection: Any, statement: Statement, run: Run, summary: Summary) -> None:
    inserter = connection.send_insert(statement.text, statement.format or run.default_format)
    try:
        for piece in chain((statement.data,), run.rest):
            inserter.append(piece)
        result = inserter.finish()
    finally:
        inserter.close()
    summary.written_rows, summary.written_bytes = result.rows_written, result.bytes_written
