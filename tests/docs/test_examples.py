"""Every example in the documentation runs and prints what the page says."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import linecache
import shlex
import subprocess
import sys
import time
import types
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import Polling
from clickhouse_cloud_async.apis.clickhouse.cli.emulator import EXAMPLE_SERVICES

from .pages import PAGES, ROOT, Block, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator

LOOKS_EVERY = 10.0
"""Emulated seconds from one look at what is waited for to the next."""

_QUIET = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
"""Options of pytest without which it leaves files, and pytest-asyncio a warning."""


def _examples(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.info == "python"]


def _is_test(block: Block) -> bool:
    return "def test_" in block.code


def _tests(page: Path) -> list[Block]:
    return [block for block in _examples(page) if _is_test(block)]


def _commands(page: Path) -> list[str]:
    """Arguments of the `chcloud` commands of a page; those without an end have own tests."""
    lines = [
        line.removeprefix("$ chcloud ").partition(" | ")[0]
        for block in blocks(page)
        if block.info == "console"
        for line in block.code.splitlines()
        if line.startswith("$ chcloud ")
    ]
    return [line for line in lines if not line.startswith(("demo", "emulator", "fleet watch"))]


def _write_files(page: Path, folder: Path) -> None:
    """Write the YAML files that a page shows, each with its name in a comment on top."""
    for block in blocks(page):
        head, _, text = block.code.partition("\n")
        if block.info == "yaml" and head.startswith("# ") and head.endswith(".yaml"):
            (folder / head.removeprefix("# ")).write_text(text, encoding="utf-8")


@pytest.fixture
def fleet(clickhouse_cloud_env: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator that the environment points to, on whose clock everybody sleeps and looks."""
    really_sleep = asyncio.sleep

    async def sleep(delay: float) -> None:
        await clickhouse_cloud_env.advance(max(delay, 0.0))
        await really_sleep(0)

    def interval(*_: object) -> float:
        clickhouse_cloud_env.advance(LOOKS_EVERY)
        return 0.0

    monkeypatch.setattr(Polling, "pause", 0.0)
    monkeypatch.setattr(Polling, "interval", interval)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "sleep", clickhouse_cloud_env.advance)


def test_pages_name_the_emulator_that_serves_their_examples() -> None:
    """The command stands before the first example that finds the API in the environment."""
    lacking = [
        page.name
        for page in PAGES
        if page.parent.name == "docs"
        for block in _examples(page)
        if "ClickHouseCloud()" in block.code and not _is_test(block)
        if "chcloud emulator --example" not in _lines_before(page, block)
    ]
    assert lacking == []


def _lines_before(page: Path, block: Block) -> str:
    return "".join(page.read_text("utf-8").splitlines(keepends=True)[: block.line])


@pytest.mark.usefixtures("fleet")
@pytest.mark.clickhouse_cloud(services=EXAMPLE_SERVICES)
@pytest.mark.parametrize("page", [p for p in PAGES if _examples(p)], ids=lambda page: page.name)
def test_examples_run(page: Path) -> None:
    """The examples of a page run one after another and print what the page says."""
    module = types.ModuleType("__main__")
    with asyncio.Runner() as runner:
        for block in _examples(page):
            if not _is_test(block):
                printed = _run(block, module, runner)
                assert block.output is None or printed == block.output, f"{page}:{block.line}"


@pytest.mark.parametrize("page", [p for p in PAGES if _tests(p)], ids=lambda page: page.name)
def test_example_tests_pass(page: Path, tmp_path: Path) -> None:
    """The tests that the documentation shows pass in a project of their own."""
    for block in _tests(page):
        (tmp_path / f"test_line_{block.line}.py").write_text(block.code, encoding="utf-8")
    outcome = subprocess.run(  # noqa: S603  # this interpreter on blocks of our own
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *_QUIET, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout
    assert " passed" in outcome.stdout


@pytest.mark.usefixtures("clickhouse_cloud_env")
@pytest.mark.clickhouse_cloud(services=EXAMPLE_SERVICES, time_scale=300)
@pytest.mark.parametrize("page", [p for p in PAGES if _commands(p)], ids=lambda page: page.name)
def test_commands_work(page: Path, tmp_path: Path) -> None:
    """The `chcloud` commands that a page shows end well, one after another."""
    _write_files(page, tmp_path)
    for command in _commands(page):
        outcome = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "clickhouse_cloud_async.cli", *shlex.split(command)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, f"chcloud {command}: {outcome.stdout}{outcome.stderr}"


def test_every_python_block_is_an_example() -> None:
    """A block is left out only where its fence says `no-run`, and few do."""
    infos = [block.info for page in PAGES for block in blocks(page) if "py" in block.info]
    assert set(infos) <= {"python", "python no-run"}
    assert infos.count("python no-run") <= 1  # which runs in tests/unit


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
