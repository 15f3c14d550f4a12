"""Runs ``chcloud`` on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.client.processes import GUARD

from .fleets import wait_for

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ENVIRONMENT = {"TERM": "xterm-256color"}
_UNWANTED = ("CLICKHOUSE_CLOUD_", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_")


class Terminal(NamedTuple):
    """A terminal with ``chcloud`` on it."""

    process: subprocess.Popen[bytes]
    screen: int

    def read_until(self, text: str) -> str:
        """Read what is shown until a text has come."""
        shown = b""
        while text.encode() not in shown:
            piece = self._read()
            assert piece, f"{text!r} is not in {shown!r}"
            shown += piece
        return shown.decode(errors="replace")

    def read_question(self, text: str) -> str:
        """Read what is shown until a question has come and the program waits for its answer.

        A signal between the two is noted, but does not end the read that begins then: Python's
        ``input`` blocks in C. Nobody presses Ctrl-C that fast, but a test on a busy machine may.
        """
        shown = self.read_until(text)
        wait_for(self._is_sleeping)
        return shown

    def _is_sleeping(self) -> bool:
        """Return whether the program's main thread waits for something, where the system tells."""
        status = Path(f"/proc/{self.process.pid}/stat")
        return not status.exists() or status.read_text().rpartition(") ")[2].startswith("S")

    def write(self, text: str) -> None:
        """Type something."""
        os.write(self.screen, text.encode())

    def read_all(self) -> str:
        """Read what is shown until the program has ended."""
        return b"".join(iter(self._read, b"")).decode()

    def _read(self) -> bytes:
        ready, _, _ = select.select([self.screen], [], [], GUARD)
        assert ready, "nothing more is shown"
        try:
            return os.read(self.screen, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return b""


@contextmanager
def terminal(
    *arguments: str, columns: int = 80, environment: Mapping[str, str] = _ENVIRONMENT
) -> Generator[Terminal]:
    """Start ``chcloud`` on a terminal.

    Args:
        *arguments: Its command line.
        columns: How wide the terminal is; it has 24 lines.
        environment: Further environment variables.
    """
    command = (sys.executable, "-m", "clickhouse_cloud_async.cli", *arguments)
    with start_on_terminal(command, size=(columns, 24), environment=environment) as running:
        yield running


@contextmanager
def start_on_terminal(
    command: Sequence[str], *, size: tuple[int, int], environment: Mapping[str, str]
) -> Generator[Terminal]:
    """Start a program on a terminal.

    Args:
        command: The program with its arguments.
        size: Columns and lines of the terminal.
        environment: Further environment variables.
    """
    screen, other_end = pty.openpty()
    columns, lines = size
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_UNWANTED)}
    process = subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,  # or questions for secrets would go to the terminal of the tests
        env={**inherited, **_ENVIRONMENT, **environment},
    )
    os.close(other_end)
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


def without_escapes(shown: str) -> str:
    """Return what was shown, without colours and movements of the cursor."""
    return _ESCAPE.sub("", shown).replace("\r\n", "\n")
