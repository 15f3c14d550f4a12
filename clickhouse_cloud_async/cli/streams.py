"""Standard output and error whose reader may go away, and signals that end like Ctrl-C."""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CLOSED = frozenset((errno.EPIPE, errno.EIO))
"""Errors of a pipe without a reader, and of a terminal that has gone."""


_ESCAPED = "clickhouse_cloud_async.escaped"
"""The name of how characters are escaped that an encoding lacks."""

_CUT = "\N{HORIZONTAL ELLIPSIS}"
"""Stands in help and tables where a text is cut."""


class OutputClosed(BaseException):
    """Nobody reads standard output any more, so that the program has nothing left to do."""


def prepare_streams() -> None:
    """Let a program end quietly once nobody reads its output.

    Writing to a standard output without a reader raises `OutputClosed`. What is written to a
    standard error without a reader is dropped: notes that nobody reads are no reason to break off
    what they are about.
    """
    sys.stdout = _guarded(sys.stdout, is_result=True)
    sys.stderr = _guarded(sys.stderr, is_result=False)


def prepare_signals() -> None:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, unless they are ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: object) -> None:
    # The current handler of Ctrl-C handles it, such as that of the event loop's runner.
    signal.raise_signal(signal.SIGINT)


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Escape a character that an encoding lacks; what marks a cut keeps its width."""
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
        if error.object[error.start] == _CUT:
            return "~", error.end
    return codecs.backslashreplace_errors(error)


def _guarded(stream: Any, *, is_result: bool) -> Any:
    """The stream, with an end that is noticed; a stream that is no file is left as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # A name that the terminal's encoding lacks is no reason to fail.
    codecs.register_error(_ESCAPED, _escape)
    stream.reconfigure(errors=_ESCAPED)
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return stream
    if os.name != "posix":
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Writer(number, is_result=is_result)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Writer(io.FileIO):
    """Writes to a descriptor until nobody reads from it any more."""

    def __init__(self, number: int, *, is_result: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._is_result = is_result

    def write(self, data: ReadableBuffer) -> int | None:  # type: ignore[override] # see typeshed
        """Write as much as the descriptor takes."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _CLOSED:
                raise
        self._drop()
        if self._is_result:
            raise OutputClosed
        return len(memoryview(data))

    def _drop(self) -> None:
        """Send everything else, such as what is buffered, to where nothing fails."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, self.fileno())
        finally:
            os.close(nowhere)
