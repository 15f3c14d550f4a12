"""ClickHouse's HTTP interface over an engine, as drivers and programs such as curl use it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import attrs
import orjson

from .bodies import collected, statement_of, unpacked
from .compression import compressor
from .errors import CANNOT_PARSE, INVALID_SESSION_TIMEOUT, NOT_IMPLEMENTED, EngineError
from .external import ExternalTable
from .formats import DEFAULT_FORMAT, checked_format
from .forms import fields_of
from .runs import Run
from .wire import END, Head, frame, frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from .compression import Compressor
    from .engine import Engine
    from .statements import Statement
    from .wire import Request

_OWN_PARAMETERS: Final = frozenset({
    "query", "query_id", "database", "default_format", "user", "password", "quota_key", "role",
    "session_id", "session_timeout", "session_check", "wait_end_of_query", "buffer_size",
    "client_protocol_version", "stacktrace", "close_session", "compress", "decompress",
})  # fmt: skip
"""Parameters of a request that are no settings."""

_MOST_DIGITS: Final = 9
"""Digits of a session's timeout in seconds, at most."""

_PLAIN: Final = "text/plain; charset=UTF-8"
_TYPES: Final[Mapping[str, str]] = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNamesAndTypes": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Parquet": "application/octet-stream",
}


_WITHOUT_RESULT: Final = frozenset({
    "ALTER", "ATTACH", "CREATE", "DELETE", "DETACH", "DROP", "EXCHANGE", "INSERT", "MOVE",
    "OPTIMIZE", "RENAME", "REPLACE", "SET", "SYSTEM", "TRUNCATE", "UNDROP", "UPDATE", "USE",
})  # fmt: skip
"""First words of statements that return nothing, for which no format is named."""


@attrs.frozen
class _Asked:
    statement: Statement
    run: Run
    query_id: str
    compression: tuple[str, Compressor] | None


class Interface:
    """Answers requests as ClickHouse does.

    Args:
        engine: Runs the statements.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def answer(self, request: Request, body: Iterator[bytes]) -> Generator[bytes]:
        """Yield the frames of a response.

        Args:
            request: The request, whose caller may run statements.
            body: Its body.

        Raises:
            EngineError: The statement failed after its result had begun, which has no end then.
            EOFError: The body has no end; the data of an insert is not committed then.
        """
        query_id = request.parameters.get("query_id") or str(uuid4())
        try:
            asked = _read(request, body, query_id)
        except EngineError as error:
            yield failed(error, query_id)
            return
        has_begun = False
        try:
            for frames in self._run(asked):
                has_begun = True
                yield frames
        except EngineError as error:
            if not has_begun:
                yield failed(error, query_id, asked.statement.verb, done=self._spent())
                return
            # The status is sent: the body ends with the error, and then too early.
            text = error.text.encode()
            if asked.compression is not None:
                text = asked.compression[1].compress(text) + asked.compression[1].flush()
            yield frame(text)
            raise

    def _spent(self) -> dict[str, int]:
        return {"processor_ns": self._engine.take_processor_time()}

    def _run(self, asked: _Asked) -> Generator[bytes]:
        """Yield the frames of a result.

        The last ones come after the statement has ended, so that its session is free again. A
        small result comes as a whole, so that its summary is right.
        """
        compress: Callable[[bytes], bytes] = bytes
        flush: Callable[[], bytes] = bytes
        if asked.compression is not None:
            compress, flush = asked.compression[1].compress, asked.compression[1].flush
        with self._engine.running(asked.statement, asked.run) as (summary, pieces):
            first = list(islice(pieces, 2))
            is_whole = len(first) < 2  # noqa: PLR2004 - as many as were asked for
            begun = b"".join(map(compress, first))
            if not is_whole:
                yield frame_of(_head(asked, attrs.asdict(summary))) + frame(begun)
                for piece in pieces:
                    yield frame(compress(piece))
        done = attrs.asdict(summary)
        head = _head(asked, done)
        done |= self._spent()
        if is_whole:
            whole = begun + flush()
            yield frame_of(attrs.evolve(head, size=len(whole), done=done)) + whole
        else:
            yield frame(flush()) + END + frame(orjson.dumps(done))


def _read(request: Request, body: Iterator[bytes], query_id: str) -> _Asked:
    """Read what a request asks for.

    Raises:
        EngineError: It cannot be read.
    """
    parameters, headers = dict(request.parameters), request.headers
    external: list[ExternalTable] = []
    content = unpacked(headers.get("content-encoding", ""), body)
    if headers.get("content-type", "").startswith("multipart/form-data"):
        try:
            external = _take_form(parameters, headers["content-type"], collected(content))
        except ValueError as problem:
            raise EngineError(CANNOT_PARSE, str(problem)) from None
    for name in ("compress", "decompress"):
        if parameters.get(name, "0") != "0":
            message = f"{name}=1 is not supported: use Accept-Encoding and Content-Encoding"
            raise EngineError(NOT_IMPLEMENTED, message)
    is_compressed = parameters.get("enable_http_compression", "0") in {"1", "true"}
    statement, rest = statement_of(parameters.get("query", "").encode(), content)
    return _Asked(
        statement,
        attrs.evolve(
            _run(parameters, headers),
            rest=rest,
            readonly=request.readonly or request.method in {"GET", "HEAD"},
            external=external,
        ),
        query_id,
        compressor(headers.get("accept-encoding", "")) if is_compressed else None,
    )


def _take_form(parameters: dict[str, str], content_type: str, body: bytes) -> list[ExternalTable]:
    """Take the fields of a form into the parameters, and return its files as tables.

    Raises:
        ValueError: It is no such form, or a table is not described.
    """
    fields = list(fields_of(content_type, body))
    parameters.update((each.name, each.content.decode()) for each in fields if not each.is_file)
    tables = [
        ExternalTable.of(each.name, each.content, parameters) for each in fields if each.is_file
    ]
    for table in tables:
        for kind in ("structure", "types", "format"):
            parameters.pop(f"{table.name}_{kind}", None)
    return tables


def _run(parameters: Mapping[str, str], headers: Mapping[str, str]) -> Run:
    settings = {name: value for name, value in parameters.items() if name not in _OWN_PARAMETERS}
    return Run(
        database=parameters.get("database") or headers.get("x-clickhouse-database"),
        settings=settings,
        default_format=checked_format(
            parameters.get("default_format") or headers.get("x-clickhouse-format") or DEFAULT_FORMAT
        ),
        session_id=parameters.get("session_id"),
        session_check=parameters.get("session_check") == "1",
        session_timeout=_session_timeout(parameters.get("session_timeout", "60")),
    )


def _session_timeout(text: str) -> float:
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise EngineError(INVALID_SESSION_TIMEOUT, f"Invalid session timeout: '{text}'")
    return float(text)


def _head(asked: _Asked, done: Mapping[str, int]) -> Head:
    """Return the head of a result that comes in frames, with what is done so far."""
    output = asked.statement.format or asked.run.default_format
    headers = {
        "Content-Type": _PLAIN,
        "X-ClickHouse-Query-Id": asked.query_id,
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Server-Display-Name": "emulator",
        "X-ClickHouse-Summary": _summary(done),
    }
    if asked.statement.verb not in _WITHOUT_RESULT:
        headers["Content-Type"] = _TYPES.get(output, _PLAIN)
        headers["X-ClickHouse-Format"] = output
    if asked.compression is not None:
        headers["Content-Encoding"] = asked.compression[0]
    return Head(headers=headers, verb=asked.statement.verb, size=None)


def _summary(done: Mapping[str, int]) -> str:
    numbers = {name: str(value) for name, value in done.items()}
    return orjson.dumps({**numbers, "total_rows_to_read": "0"}).decode()


def failed(
    error: EngineError,
    query_id: str = "",
    verb: str = "",
    *,
    done: Mapping[str, int] | None = None,
) -> bytes:
    """Return the response to a statement that failed.

    Args:
        error: What is wrong.
        query_id: The id of its query.
        verb: What it began with.
        done: What it did nevertheless.
    """
    headers = {
        "Content-Type": _PLAIN,
        "X-ClickHouse-Exception-Code": str(error.code),
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Timezone": "UTC",
    }
    text = error.text.encode()
    head = Head(status=error.status, headers=headers, verb=verb, size=len(text), done=done or {})
    return frame_of(head) + text
