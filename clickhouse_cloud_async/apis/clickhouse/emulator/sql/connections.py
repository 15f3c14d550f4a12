"""Connections to an engine: those of sessions, and shared ones for other statements."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import attrs

from .errors import SESSION_IS_LOCKED, SESSION_NOT_FOUND, UNKNOWN_SETTING, EngineError
from .formats import DEFAULT_FORMAT
from .quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from .runs import Run

# Types are checked where it is not installed, too.
chdb: Any = import_module("chdb")

_SETTING: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
"""Names that need no quotes in a statement."""

_READONLY: Final = 2
"""The setting ``readonly`` that forbids writing, and leaves other settings free."""

_MOST_FREE: Final = 8
"""Connections that are kept for later statements."""


@attrs.define
class Loan:
    """A connection that a statement runs on.

    Args:
        connection: The connection.
        is_unchanged: Whether the statement ended and left nothing behind, so that the connection
            may serve another one.
        has_settings: Whether a statement may have given it settings of its own.
    """

    connection: Any
    is_unchanged: bool = False
    has_settings: bool = False


@attrs.define
class _Session(Loan):
    lock: Lock = attrs.field(factory=Lock)
    until: float = 0.0


class Connections:
    """The connections to one engine; threads share it.

    Args:
        place: The connection string of the engine.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._lock = Lock()
        # Free connections by database and whether they may write, since the last change.
        self._free: list[tuple[str, bool, Any]] = []
        self._changes = 0
        self._sessions: dict[tuple[str, bool], _Session] = {}
        self._defaults: dict[bool, dict[str, str]] = {False: {}, True: {}}

    @contextmanager
    def lent(self, run: Run) -> Generator[Loan]:
        """Lend a connection that has the database and the settings of a run.

        Args:
            run: What a statement is run with.

        Raises:
            EngineError: The database, a setting or the session is wrong.
        """
        if run.session_id is None:
            with self._shared(run) as loan:
                yield loan
        else:
            with self._of_session(run.session_id, run) as loan:
                yield loan

    def forget(self) -> None:
        """Keep no free connection: their databases may be gone."""
        with self._lock:
            self._changes += 1
            free, self._free = self._free, []
        for *_, connection in free:
            connection.close()

    @contextmanager
    def _shared(self, run: Run) -> Generator[Loan]:
        """Lend a connection, which is reused if the statement leaves no state on it."""
        database = run.database or "default"
        before = self._changes
        loan = Loan(self._take(database, readonly=run.readonly))
        try:
            _apply(loan.connection, run.settings)
            yield loan
        finally:
            # Settings and parameters stay on a connection.
            is_free = loan.is_unchanged and not run.settings
            with self._lock:
                is_free &= self._changes == before and len(self._free) < _MOST_FREE
                if is_free:
                    self._free.append((database, run.readonly, loan.connection))
            if not is_free:
                loan.connection.close()

    def _take(self, database: str, *, readonly: bool) -> Any:
        with self._lock:
            for index, (*wanted, connection) in enumerate(self._free):
                if wanted == [database, readonly]:
                    del self._free[index]
                    return connection
        connection = self._connect(readonly=readonly)
        try:
            _use(connection, database)
        except EngineError:
            connection.close()
            raise
        return connection

    def _connect(self, *, readonly: bool) -> Any:
        connection = chdb.connect(self._place)
        if readonly:
            query(connection, f"SET readonly = {_READONLY}")
        return connection

    @contextmanager
    def _of_session(self, session_id: str, run: Run) -> Generator[Loan]:
        """Lend the connection of a session, which serves one statement at a time.

        Settings of a request hold for that request, those of ``SET`` for the session.
        """
        session = self._find_session(session_id, run)
        if not session.lock.acquire(blocking=False):
            raise EngineError(SESSION_IS_LOCKED, "Session is locked by a concurrent client.")
        try:
            if run.database is not None:
                _use(session.connection, run.database)
            before = self._values(session, run)
            try:
                _apply(session.connection, run.settings)
                yield session
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
                session = self._sessions[key] = _Session(self._connect(readonly=run.readonly))
                _use(session.connection, "default")
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

    def _values(self, session: _Session, run: Run) -> dict[str, str]:
        """Return the settings of a run in a session; parameters cannot be reset.

        Those of sessions without settings of their own are the same, and asked for once.
        """
        names = [name for name in run.settings if not name.startswith("param_")]
        if session.has_settings:
            return _read(session.connection, names)
        known = self._defaults[run.readonly]
        known |= _read(session.connection, (name for name in names if name not in known))
        return {name: known[name] for name in names}


def query(connection: Any, statement: str, output: str = DEFAULT_FORMAT) -> Any:
    """Carry out a statement on a connection, and return its whole result.

    Args:
        connection: The connection.
        statement: The statement.
        output: The format of the result if the statement names none.

    Raises:
        EngineError: It failed.
    """
    try:
        return connection.query(statement, output)
    except Exception as error:  # noqa: BLE001 - whatever the engine raises
        raise EngineError.of(error) from None


def _use(connection: Any, database: str) -> None:
    query(connection, f"USE {quoted(database, '`')}")


def _read(connection: Any, names: Iterable[str]) -> dict[str, str]:
    wanted = list(names)
    if not wanted:
        return {}
    columns = ", ".join(f"toString(getSetting({quoted(name)}))" for name in wanted)
    values = query(connection, f"SELECT {columns}", "TSVRaw").bytes().decode()
    return dict(zip(wanted, values.rstrip("\n").split("\t"), strict=False))


def _apply(connection: Any, settings: Mapping[str, str]) -> None:
    for name in settings:
        if not _SETTING.fullmatch(name):
            raise EngineError(UNKNOWN_SETTING, f"Unknown setting '{name}'.")
    if settings:
        pairs = (f"{name} = {quoted(value)}" for name, value in settings.items())
        query(connection, f"SET {', '.join(pairs)}")
