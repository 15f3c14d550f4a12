"""Every example in the documentation runs and prints what the page says."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import linecache
import os
import shlex
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .pages import PAGES, ROOT, Block, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICES = (
    {"name": "analytics", "state": "running", "idleScaling": False},
    {"name": "etl", "state": "stopped"},
    {"name": "reports", "state": "idle"},
)
"""The services that examples speak of."""


def _examples(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.info == "python"]


def _is_test(block: Block) -> bool:
    return "def test_" in block.code


def _commands(page: Path) -> list[str]:
    """Arguments of the `chcloud` commands of a page; the demo and the emulator have own tests."""
    lines = [
        line.removeprefix("$ chcloud ").partition(" | ")[0]
        for block in blocks(page)
        if block.info == "console"
        for line in block.code.splitlines()
        if line.startswith("$ chcloud ")
    ]
    return [line for line in lines if line.partition(" ")[0] not in {"demo", "emulator"}]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the environment points to, on whose clock everybody sleeps."""
    for name in [name for name in os.environ if name.startswith("CLICKHOUSE_CLOUD_")]:
        monkeypatch.delenv(name)
    with Emulator(SERVICES, time_scale=0) as emulator:
        monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", emulator.url)
        monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", emulator.api_key)
        monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", emulator.api_secret)
        really_sleep = asyncio.sleep

        async def sleep(delay: float) -> None:
            emulator.advance(delay)
            await really_sleep(0)

        monkeypatch.setattr(asyncio, "sleep", sleep)
        monkeypatch.setattr(time, "sleep", emulator.advance)
        yield emulator


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("page", [p for p in PAGES if _examples(p)], ids=lambda page: page.name)
def test_examples_run(page: Path) -> None:
    """The examples of a page run one after another and print what the page says."""
    module = types.ModuleType("__main__")
    with asyncio.Runner() as runner:
        for block in _examples(page):
            if not _is_test(block):
                printed = _run(block, module, runner)
                assert block.output is None or printed == block.output, f"{page}:{block.line}"


@pytest.mark.parametrize(
    "block",
    [block for page in PAGES for block in _examples(page) if _is_test(block)],
    ids=lambda block: f"{block.page.name}:{block.line}",
)
def test_example_tests_pass(block: Block, tmp_path: Path) -> None:
    """The tests that the documentation shows pass in a project of their own."""
    (tmp_path / "test_example.py").write_text(block.code, encoding="utf-8")
    outcome = subprocess.run(  # noqa: S603  # this interpreter on a block of our own
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout
    assert "passed" in outcome.stdout


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("page", [p for p in PAGES if _commands(p)], ids=lambda page: page.name)
def test_commands_work(page: Path) -> None:
    """The `chcloud` commands that a page shows end well, one after another."""
    for command in _commands(page):
        outcome = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "clickhouse_cloud_async.cli", *shlex.split(command)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, f"chcloud {command}: {outcome.stderr}"


def test_every_python_block_is_an_example() -> None:
    """A block is left out only where its fence says `no-run`, and few do."""
    infos = [block.info for page in PAGES for block in blocks(page) if "py" in block.info]
    assert set(infos) <= {"python", "python no-run"}
    assert infos.count("python no-run") <= 1


def _run(block: Block, module: types.ModuleType, runner: asyncio.Runner) -> str:
    """Execute a block in a module; `await` may stand anywhere in it."""
    name = f"{block.page.relative_to(ROOT)}:{block.line}"
    lines = block.code.splitlines(keepends=True)
    linecache.cache[name] = (len(block.code), None, lines, name)
    code = compile(block.code, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        if code.co_flags & inspect.CO_COROUTINE:
            runner.run(types.FunctionType(code, module.__dict__)())
        else:
            exec(code, module.__dict__)  # noqa: S102  # an example of our own
    return printed.getvalue()
