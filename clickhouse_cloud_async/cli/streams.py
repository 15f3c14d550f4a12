"""Handles output streams without a reader, and signals that end the program like Ctrl-C."""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CLOSED = frozenset((errno.EPIPE, errno.EIO))
"""Errors of a pipe without a reader, and of a terminal that has gone."""


_ESCAPED = "clickhouse_cloud_async.escaped"
"""Name of the error handler for characters that an encoding lacks."""

_CUT = "\N{HORIZONTAL ELLIPSIS}"
"""The mark of truncated text in help and tables."""


class OutputClosed(BaseException):
    """Standard output takes no more, so that the program can end.

    Args:
        problem: What is wrong with it, such as a full disk; empty if it just has no reader.
    """

    def __init__(self, problem: str = "") -> None:
        super().__init__(problem)
        self.problem = problem


def prepare_streams() -> None:
    """End the program when its output cannot be written any more: quietly if it has no reader.

    Writing to such a standard output raises `OutputClosed`. Output to such a standard error is
    dropped: it must not end the action that it describes. A stream that was closed before the
    program began is the null device.
    """
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - for all commands
    sys.stdout = _guarded(sys.stdout, is_result=True)
    sys.stderr = _guarded(sys.stderr, is_result=False)


def prepare_signals() -> None:
    """Make SIGTERM and SIGHUP end the program like Ctrl-C, unless they are ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: object) -> None:
    # Calls the current handler of Ctrl-C, such as that of the event loop's runner.
    signal.raise_signal(signal.SIGINT)


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Escape a character that an encoding lacks; the mark of truncated text keeps its width."""
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
        if error.object[error.start] == _CUT:
            return "~", error.end
    return codecs.backslashreplace_errors(error)


def _guarded(stream: Any, *, is_result: bool) -> Any:
    """Return a stream that detects the loss of its reader; only files are wrapped."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # A character that the terminal's encoding lacks must not fail the command.
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
    """Writes to a descriptor until it has no reader any more."""

    def __init__(self, number: int, *, is_result: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._is_result = is_result

    def write(self, data: ReadableBuffer) -> int | None:  # type: ignore[override] # see typeshed
        """Write as much as the descriptor accepts."""
        try:
            return super().write(data)
        except OSError as error:
            problem = error
        self._drop()
        if self._is_result:
            is_quiet = problem.errno in _CLOSED
            raise OutputClosed("" if is_quiet else str(problem.strerror)) from None
        return len(memoryview(data))

    def _drop(self) -> None:
        """Redirect further output, such as buffered text, to the null device."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, self.fileno())
        finally:
            os.close(nowhere)
