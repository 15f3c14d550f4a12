"""A reader who types what a page shows, in order, in a folder of their own."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import linecache
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import TYPE_CHECKING

from .pages import ROOT, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    import pytest

SERVERS = (
    "chcloud emulator",
    "chcloud api7 emulator",
    "chcloud omnistrate emulator",
    "dask scheduler",
    "dask worker",
    "uvicorn",
)
"""Commands that run until they are interrupted: they go to a second terminal."""

WATCHERS = ("chcloud fleet watch", "python follow_changes.py")
"""Commands that print until they are interrupted, while the reader goes on elsewhere."""

RUN_ELSEWHERE = {
    "python -m pip install": "the session `demo` and every other one install the package",
    "nox": "the tests are run by it",
    "python -m benchmarks": "the session `bench_quick`",
    "export": "what the emulator prints is set by the reader",
}
"""Commands that no page's test runs, and why not."""

LAST_SETTINGS = ("ORGANIZATION_ID", "TOKEN", "PASSWORD")
"""What the name of the last setting that an emulator prints ends with."""

_INSTALL = re.compile(r"^python -m pip install \S+ && ")
_SETTING = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)
_NAMED = re.compile(r"^# (?:~/)?([\w./-]+\.(?:ya?ml|toml|py))$")
_TIME = 60.0
"""Seconds after which a command that should end, or print, is given up."""


class Reader:
    """Follows pages; ends what it has started when its block is left.

    Attributes:
        folder: Where the reader works.
    """

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._environment = environment
        self._module = types.ModuleType("__main__")
        self._runner = asyncio.Runner()
        self._servers: list[subprocess.Popen[str]] = []
        self._watched: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        for name in [
            name for name in os.environ if name.startswith(("CLICKHOUSE_", "API7_", "OMNISTRATE_"))
        ]:
            self._environment.delenv(name)
        for name, value in {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / ".config"),
            # Many readers share a machine.
            "CHCLOUD_EMULATOR_PORT": "0",
            "CHCLOUD_API7_EMULATOR_PORT": "0",
            "CHCLOUD_OMNISTRATE_EMULATOR_PORT": "0",
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
            "COLUMNS": "120",
            "MPLBACKEND": "agg",
        }.items():
            self._environment.setenv(name, value)
        self._environment.chdir(self.folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.close()
        for server in reversed(self._servers):
            _signal(server, signal.SIGINT)
        for server in self._servers:
            try:
                server.communicate(timeout=_TIME)
            except subprocess.TimeoutExpired:
                _signal(server, signal.SIGKILL)
                server.communicate()

    def follow(self, page: Path) -> None:
        """Type each block of a page, and compare what it prints with what the page says."""
        for block in blocks(page):
            where = f"{page.relative_to(ROOT)}:{block.line}"
            if block.file is not None:
                self._write(block.file.name, block.file.read_text("utf-8"))
            elif named := _NAMED.match(block.code.partition("\n")[0]):
                self._write(named[1], block.code)
            elif block.info == "python" and "def test_" not in block.code:
                printed = self._execute(block, where)
                if block.output is not None:
                    assert matches(printed, block.output), f"{where} printed:\n{printed}"
            elif block.info == "console":
                for command, output in commands(block):
                    self._type(command, output, where)
        for check in self._watched:
            check()

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _execute(self, block: Block, where: str) -> str:
        """Execute a block in one module; `await` may stand anywhere in it."""
        linecache.cache[where] = (
            len(block.code),
            None,
            block.code.splitlines(keepends=True),
            where,
        )
        code = compile(block.code, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if code.co_flags & inspect.CO_COROUTINE:
                self._runner.run(types.FunctionType(code, self._module.__dict__)())
            else:
                exec(code, self._module.__dict__)  # noqa: S102 - an example of our own
        return printed.getvalue()

    def _type(self, command: str, output: str, where: str) -> None:
        command = _INSTALL.sub("", command)  # the tests run where the package is installed
        if command.startswith(SERVERS):
            self._serve(command, where)
        elif command.startswith(WATCHERS):
            self._watch(command, output, where)
        elif not command.startswith(tuple(RUN_ELSEWHERE)):
            self._run(command, output, where)

    def _run(self, command: str, output: str, where: str) -> None:
        ended = subprocess.run(  # noqa: S603 - a command of our own pages
            ["/bin/sh", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIME,
            stdin=subprocess.DEVNULL,
        )
        said = f"{where}: $ {command}\n{ended.stdout}{ended.stderr}"
        assert ended.returncode == 0, said
        assert not output or matches(ended.stdout, output), said

    def _serve(self, command: str, where: str) -> None:
        """Start a server, and set what it prints as settings for a shell."""
        server = subprocess.Popen(  # noqa: S603 - a command of our own pages
            shlex.split(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._servers.append(server)
        if "emulator" not in command:
            return
        assert server.stdout is not None
        for line in server.stdout:
            if setting := _SETTING.match(line):
                self._environment.setenv(setting[1], shlex.split(setting[2])[0])
                if setting[1].endswith(LAST_SETTINGS):
                    return
        raise AssertionError(f"{where}: {command} printed no settings")

    def _watch(self, command: str, output: str, where: str) -> None:
        """Start a command, and compare what it has printed when the page is at its end."""
        watcher = subprocess.Popen(  # noqa: S602 - a command of our own pages
            command, shell=True, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._servers.append(watcher)
        # One that prints less than the page shows would be waited for without end.
        limit = threading.Timer(_TIME, _signal, (watcher, signal.SIGKILL))
        limit.daemon = True
        limit.start()
        assert watcher.stdout is not None
        stdout = watcher.stdout
        first, *others = output.splitlines() or [""]
        printed = stdout.readline() if first else ""  # from now on it sees what happens

        def check() -> None:
            limit.cancel()
            text = printed + "".join(stdout.readline() for _ in others)
            assert matches(text, output), f"{where}: $ {command}\n{text}"

        self._watched.append(check)


def _signal(server: subprocess.Popen[str], what: signal.Signals) -> None:
    """Send a signal to all processes of a command, which a pipe makes several."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, what)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with the output that the page shows."""
    lines = block.code.replace("\\\n", "").splitlines(keepends=True)
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        output = "".join(lines[start + 1 : end])
        if end == len(lines) and block.output is not None:
            output += block.output
        yield lines[start].removeprefix("$ ").strip(), output


def matches(printed: str, shown: str) -> bool:
    """Tell whether a text is what a page shows, in which `...` stands for any text."""
    parts = [re.escape(part) for part in shown.strip().split("...")]
    text = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(".*?".join(parts), text, re.DOTALL) is not None
