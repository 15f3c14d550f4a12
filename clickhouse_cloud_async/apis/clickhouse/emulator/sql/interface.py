"""ClickHouse's HTTP interface over an engine, as drivers and programs such as curl use it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import attrs
import orjson
from aiohttp import web

from .compression import UnknownEncodingError, compressor, decompressed
from .errors import NOT_IMPLEMENTED, EngineError
from .runs import DEFAULT_FORMAT, Run
from .statements import read_statement
from .wire import READONLY, VERB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .compression import Compressor
    from .engine import Engine
    from .runs import Summary
    from .statements import Statement

_OWN_PARAMETERS: Final = frozenset({
    "query", "query_id", "database", "default_format", "user", "password", "quota_key", "role",
    "session_id", "session_timeout", "session_check", "wait_end_of_query", "buffer_size",
    "client_protocol_version", "stacktrace", "close_session", "compress", "decompress",
})  # fmt: skip
"""Parameters of a request that are no settings."""

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
_NO_BODY: Final = b""


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

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, whose caller may run statements."""
        query_id = request.query.get("query_id") or str(uuid4())
        try:
            asked = await _read(request, query_id)
        except EngineError as error:
            return _failed(error, query_id)
        execution = _Execution(self._engine, asked)
        try:
            first = await asyncio.to_thread(execution.start)
        except EngineError as error:
            return _failed(error, query_id, asked.statement.verb)
        try:
            return await _send(request, asked, execution, first)
        finally:
            if not execution.is_done:
                await asyncio.to_thread(execution.close)


class _Execution:
    """A statement that runs; its methods block, so that threads call them."""

    def __init__(self, engine: Engine, asked: _Asked) -> None:
        self._engine = engine
        self._asked = asked
        self._stack = ExitStack()
        self._pieces: Iterator[bytes] = iter(())
        self._compress: Callable[[bytes], bytes] = bytes
        self._flush: Callable[[], bytes] = bytes
        if asked.compression is not None:
            self._compress = asked.compression[1].compress
            self._flush = asked.compression[1].flush
        self.summary: Summary
        self.is_done = False

    def start(self) -> bytes:
        """Run the statement up to the second piece of its result, and return the first ones.

        A small result is complete then, so that its summary is right.
        """
        try:
            running = self._engine.running(self._asked.statement, self._asked.run)
            self.summary, self._pieces = self._stack.enter_context(running)
            return self.next() + (_NO_BODY if self.is_done else self.next())
        except BaseException:
            self.close()
            raise

    def next(self) -> bytes:
        """Return the next piece, compressed; the statement ends after the last one."""
        piece = next(self._pieces, None)
        if piece is None:
            self.is_done = True
            self.close()
            return self._flush()
        return self._compress(piece)

    def close(self) -> None:
        """End the statement, whether it is done or not."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        self._stack.close()


async def _read(request: web.BaseRequest, query_id: str) -> _Asked:
    """Read what a request asks for.

    Raises:
        EngineError: It cannot be read.
    """
    parameters = dict(request.query)
    body = await request.content.read()
    encoding = request.headers.get("Content-Encoding", "")
    try:
        if encoding:
            body = await asyncio.to_thread(decompressed, encoding, body)
    except UnknownEncodingError as problem:
        raise EngineError(NOT_IMPLEMENTED, str(problem)) from None
    except ValueError as problem:
        raise EngineError(27, str(problem)) from None
    if request.content_type == "multipart/form-data":
        raise EngineError(NOT_IMPLEMENTED, "The emulator takes no multipart forms")
    for name in ("compress", "decompress"):
        if parameters.get(name, "0") != "0":
            message = f"{name}=1 is not supported: use Accept-Encoding and Content-Encoding"
            raise EngineError(NOT_IMPLEMENTED, message)
    is_compressed = parameters.get("enable_http_compression", "0") in {"1", "true"}
    headers = request.headers
    return _Asked(
        read_statement(parameters.get("query", "").encode(), body),
        _run(parameters, headers, is_reading=request.method in {"GET", "HEAD"}),
        query_id,
        compressor(headers.get("Accept-Encoding", "")) if is_compressed else None,
    )


def _run(parameters: Mapping[str, str], headers: Mapping[str, str], *, is_reading: bool) -> Run:
    settings = {name: value for name, value in parameters.items() if name not in _OWN_PARAMETERS}
    return Run(
        database=parameters.get("database") or headers.get("X-ClickHouse-Database"),
        settings=settings,
        default_format=parameters.get("default_format")
        or headers.get("X-ClickHouse-Format")
        or DEFAULT_FORMAT,
        readonly=is_reading or READONLY in headers,
        session_id=parameters.get("session_id"),
        session_check=parameters.get("session_check") == "1",
        session_timeout=float(parameters.get("session_timeout", "60")),
    )


async def _send(
    request: web.BaseRequest, asked: _Asked, execution: _Execution, first: bytes
) -> web.StreamResponse:
    """Send the result, which is buffered where it is small."""
    output = asked.statement.format or asked.run.default_format
    headers = {
        "Content-Type": _TYPES.get(output, "text/plain; charset=UTF-8"),
        "X-ClickHouse-Format": output,
        "X-ClickHouse-Query-Id": asked.query_id,
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Server-Display-Name": "emulator",
        "X-ClickHouse-Summary": _summary(execution.summary),
        VERB: asked.statement.verb,
    }
    if asked.compression is not None:
        headers["Content-Encoding"] = asked.compression[0]
    if execution.is_done:
        return web.Response(body=first, headers=headers)
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    piece = first
    try:
        while not execution.is_done:
            # The engine works on the next piece while this one is sent.
            following = asyncio.ensure_future(asyncio.to_thread(execution.next))
            try:
                await response.write(piece)
            finally:
                piece = await following
        if piece:
            await response.write(piece)
    except EngineError as error:
        # The status is sent: the body ends with the error, and then too early.
        if asked.compression is None:
            await response.write(error.text.encode())
        if request.transport is not None:
            request.transport.close()
    return response


def _summary(summary: Summary) -> str:
    numbers = {name: str(value) for name, value in attrs.asdict(summary).items()}
    return orjson.dumps({**numbers, "total_rows_to_read": "0"}).decode()


def _failed(error: EngineError, query_id: str, verb: str = "") -> web.Response:
    headers = {
        VERB: verb,
        "X-ClickHouse-Exception-Code": str(error.code),
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Timezone": "UTC",
    }
    return web.Response(status=error.status, text=error.text, headers=headers)
