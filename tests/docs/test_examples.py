"""Every example in the documentation runs as it is typed, and prints what the page says."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .pages import PAGES, ROOT, Block, blocks
from .reader import RUN_ELSEWHERE, SERVERS, Reader, commands, matches

if TYPE_CHECKING:
    from pathlib import Path

_QUIET = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
"""Options of pytest without which it leaves files, and pytest-asyncio a warning."""

_FOLLOWED = [page for page in PAGES if page.name not in {"CONTRIBUTING.md", "CHANGELOG.md"}]


WAY_IN = (
    "README.md",
    "docs/index.md",
    "docs/getting-started.md",
    "docs/how-to/create-a-service.md",
    "docs/how-to/ip-access-lists.md",
    "docs/how-to/rotate-api-keys.md",
    "docs/how-to/test-a-ci-job.md",
)
"""What a new reader does, one page after another: the demo, the tutorial, three jobs, a test."""


def _examples(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.info in {"python", "console"}]


def _tests(page: Path) -> list[Block]:
    return [block for block in _examples(page) if "def test_" in block.code]


@pytest.mark.parametrize(
    "page",
    [page for page in _FOLLOWED if _examples(page) and page not in map(ROOT.joinpath, WAY_IN)],
    ids=lambda page: page.stem,
)
def test_pages_run_as_typed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page, typed in order beside the servers that the page starts."""
    if "emulator --example --sql" in page.read_text("utf-8"):
        pytest.importorskip("chdb")
    with Reader(tmp_path, monkeypatch) as reader:
        reader.follow(page)


def test_the_way_of_a_new_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reader goes from the demo to a test of their own, by the text of the pages alone."""
    with Reader(tmp_path, monkeypatch) as reader:
        for page in WAY_IN:
            reader.follow(ROOT / page)


@pytest.mark.parametrize("page", [p for p in PAGES if _tests(p)], ids=lambda page: page.stem)
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


def test_pages_name_the_emulator_that_serves_their_examples() -> None:
    """Every page that makes a client from the environment says which command to start."""
    lacking = [
        page.name
        for page in _FOLLOWED
        for block in _examples(page)
        if "Cloud() as cloud" in block.code or "Cloud()\n" in block.code
        if "def test_" not in block.code
        if not _starts_a_server_before(page, block)
    ]
    assert lacking == []


def _starts_a_server_before(page: Path, block: Block) -> bool:
    return any(
        command.startswith(SERVERS)
        for each in blocks(page)
        if each.info == "console" and each.line < block.line
        for command, _ in commands(each)
    )


def test_every_block_of_code_is_followed() -> None:
    """A block is left out only where its fence says `no-run`, and few do."""
    infos = [block.info for page in PAGES for block in blocks(page)]
    known = {"python", "python no-run", "console", "text", "yaml", "toml", "json", "sh", "mermaid"}
    assert {info for info in infos if not info.startswith("{")} <= known
    assert infos.count("python no-run") <= 1  # which runs in tests/unit


def test_few_commands_run_elsewhere() -> None:
    """Each reason to leave a command out is one that a page still needs."""
    typed = {
        command
        for page in _FOLLOWED
        for block in blocks(page)
        if block.info == "console"
        for command, _ in commands(block)
    }
    idle = [start for start in RUN_ELSEWHERE if not any(c.startswith(start) for c in typed)]
    assert idle == []


@pytest.mark.parametrize(
    ("printed", "shown", "same"),
    [
        ("a\nb\n", "a\nb", True),
        ("a  \nb", "a\nb\n", True),
        ("a\nmuch\nb", "a\n...\nb", True),
        ("a\nb", "a", False),
        ("a (b)", "a (c)", False),
    ],
)
def test_output_is_compared_whole(printed: str, shown: str, *, same: bool) -> None:
    """Three dots stand for any text, and nothing else is left open."""
    assert matches(printed, shown) is same
