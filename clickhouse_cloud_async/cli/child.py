"""Runs another program as part of a command, and passes signals on to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from .failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_KILLED = 128
"""Exit code of a program that a signal has ended, minus the number of the signal."""


def check_program(name: str) -> None:
    """Check that a program exists before it is needed.

    Args:
        name: Its name or path.

    Raises:
        BadParameter: There is none.
    """
    if shutil.which(name) is None:
        raise typer.BadParameter(f"there is no program {name!r}", param_hint="COMMAND")


async def run_child(command: Sequence[str]) -> int:
    """Run a program with the standard streams of this one, and wait for its end.

    Signals that would end this program are passed on to it, which decides.

    Args:
        command: The program and its arguments.

    Returns:
        Its exit code, or 128 and the number of the signal that has ended it.

    Raises:
        CommandError: It cannot be started.
    """
    signals = _Signals()
    with signals.passed_on():
        try:
            process = await asyncio.create_subprocess_exec(*command)
        except OSError as error:
            raise CommandError(f"{command[0]} cannot be run: {error.strerror}") from None
        signals.reach(process)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
    return code if code >= 0 else _KILLED - code


class _Signals:
    """Passes signals on to a program, including those that arrive while it starts."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._early: list[int] = []

    @contextmanager
    def passed_on(self) -> Generator[None]:
        """Pass signals on, and handle them as before in the end."""
        loop = asyncio.get_running_loop()
        before = {}
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is None or signal.getsignal(number) is signal.SIG_IGN:
                continue
            with suppress(NotImplementedError):  # on Windows
                before[number] = signal.getsignal(number)
                loop.add_signal_handler(number, self._pass_on, number)
        try:
            yield
        finally:
            for number, handler in before.items():
                with suppress(NotImplementedError):
                    loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def reach(self, process: asyncio.subprocess.Process) -> None:
        """Pass signals on to a program that has started."""
        self._process = process
        for number in self._early:
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        if self._process is None:
            self._early.append(number)
        elif self._process.returncode is None and not _comes_from_terminal(number):
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


def _comes_from_terminal(number: int) -> bool:
    """Return whether a signal has already reached the program: a terminal sends it to both."""
    if number not in {signal.SIGINT, getattr(signal, "SIGQUIT", None)}:
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
