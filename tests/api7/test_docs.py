"""The page about API7 Cloud: its examples run as they stand, and print what it says."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import re
import subprocess
import sys
import types
from functools import reduce
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7 import API7Emulator, AsyncAPI7Cloud
from tests.docs.pages import API7_PAGE, blocks

from .tokens import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

EXAMPLES = [block for block in blocks(API7_PAGE) if block.info == "python"]


def test_examples_run_as_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples find the emulator of the command that the page shows by its settings."""
    assert "api7 emulator --time-scale 10 --gateway edge-1" in API7_PAGE.read_text("utf-8")
    module = types.ModuleType("__main__")
    with API7Emulator(time_scale=10) as emulator, asyncio.Runner() as runner:
        emulator.start_gateway("edge-1")
        monkeypatch.setenv("API7_CLOUD_URL", emulator.url)
        monkeypatch.setenv("API7_CLOUD_TOKEN", emulator.token)
        for block in EXAMPLES:
            if "def test_" in block.code:
                continue
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            code = compile(block.code, f"api7.md:{block.line}", "exec", flags=flags)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                runner.run(types.FunctionType(code, module.__dict__)())
            assert printed.getvalue() == block.output


def test_example_of_a_test_passes(tmp_path: Path) -> None:
    """The test that the page shows passes in a project of its own."""
    (code,) = [block.code for block in EXAMPLES if "def test_" in block.code]
    (tmp_path / "test_example.py").write_text(code, encoding="utf-8")
    outcome = subprocess.run(  # noqa: S603 - this interpreter on a block of our own
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout


def test_page_names_only_methods_that_exist() -> None:
    """What the page calls on a client is an attribute of the client."""
    named = set(re.findall(r"\bcloud\.((?:\w+\.)*\w+)\b(?=\()", API7_PAGE.read_text("utf-8")))
    assert "canary_releases.start" in named
    for path in named:
        reduce(getattr, path.split("."), AsyncAPI7Cloud(TOKEN))
