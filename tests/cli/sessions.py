"""Runs several commands one after the other in a process of its own, on a terminal or in pipes.

Starting Python takes longer than most commands, so that tests share a process where they can.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.client.processes import run_script

from .terminal import start_on_terminal, without_escapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LOOP = """
import json, os, sys, threading
from clickhouse_cloud_async.cli import main

def run(arguments):
    streams = sys.stdout, sys.stderr
    try:
        main(arguments)
    except SystemExit as ended:
        return ended.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams
"""

_ALL = (
    _LOOP
    + """
for arguments, variables in json.loads(sys.argv[1]):
    os.environ.update(variables)
    code = run(arguments)
    for name in variables:
        del os.environ[name]
    print(f"\\x1e{code}\\x1e", flush=True, end="")
"""
)

_UNREAD = (
    _LOOP
    + """
def read(end, lines):
    with open(end, "rb", buffering=0) as pipe:
        for _ in range(lines):
            pipe.readline()

codes = []
kept = os.dup(1)
for arguments, lines in json.loads(sys.argv[1]):
    there, here = os.pipe()
    os.dup2(here, 1)
    os.close(here)
    sys.stdout = open(1, "w", closefd=False)
    reader = threading.Thread(target=read, args=(there, lines))
    reader.start()
    if not lines:
        reader.join()
    codes.append(run(arguments))
    sys.stdout = open(os.devnull, "w")
    os.dup2(kept, 1)
    reader.join()
os.write(kept, json.dumps(codes).encode())
"""
)


class Shown(NamedTuple):
    """What a command of a session has shown.

    Attributes:
        code: Its exit code.
        raw: What it has written, on a terminal with all escapes.
    """

    code: int
    raw: str

    @property
    def lines(self) -> list[str]:
        """The lines as they are read."""
        return without_escapes(self.raw).splitlines()


def on_terminal(
    *commands: Sequence[str] | tuple[Sequence[str], Mapping[str, str]],
    size: tuple[int, int],
    environment: Mapping[str, str],
) -> list[Shown]:
    """Run commands on one terminal.

    Args:
        *commands: Their command lines, each perhaps with variables of its own.
        size: Columns and lines of the terminal.
        environment: Variables for all of them.
    """
    arguments = (sys.executable, "-c", _ALL, json.dumps(_with_variables(commands)))
    with start_on_terminal(arguments, size=size, environment=environment) as running:
        return _split(running.read_all())


def in_pipes(
    *commands: Sequence[str] | tuple[Sequence[str], Mapping[str, str]],
    environment: Mapping[str, str],
) -> tuple[list[Shown], str]:
    """Run commands whose output is read through pipes, and return what stderr got, too.

    Args:
        *commands: As in `on_terminal`.
        environment: Variables for all of them.
    """
    outcome = run_script(_ALL, json.dumps(_with_variables(commands)), **environment)
    return _split(outcome.out), outcome.err


def unread(
    commands: Sequence[tuple[Sequence[str], int]], environment: Mapping[str, str]
) -> tuple[list[int], str]:
    """Run commands whose reader goes away; return their exit codes, and what stderr got.

    Args:
        commands: Their command lines, each with the number of lines that are read before.
        environment: Variables for all of them.
    """
    outcome = run_script(_UNREAD, json.dumps(commands), **environment)
    codes: list[int] = json.loads(outcome.out)
    return codes, outcome.err


def _with_variables(
    commands: Sequence[Sequence[str] | tuple[Sequence[str], Mapping[str, str]]],
) -> list[tuple[Sequence[str], Mapping[str, str]]]:
    return [
        (command[0], command[1])  # type: ignore[misc]  # told apart by what stands in front
        if not isinstance(command[0], str)
        else (command, {})
        for command in commands
    ]


def _split(text: str) -> list[Shown]:
    parts = text.split("\x1e")
    return [Shown(int(code), raw) for raw, code in zip(parts[::2], parts[1::2], strict=False)]
