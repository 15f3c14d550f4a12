"""No command of ``clickhousectl cloud`` is forgotten."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from itertools import takewhile
from pathlib import Path

from .clickhousectl.program import executable

Words = tuple[str, ...]

TESTS = Path(__file__).parent / "clickhousectl"

TABLE = Path(__file__).parent.parent.parent / "docs" / "clickhousectl.toml"
"""Commands beside ours."""

CALLS = {"ctl", "ctl.run", "ctl.refused", "ctl.until", "ctl.until_gone"}
"""What runs a command in those tests."""

OUT_OF_REACH: dict[Words, str] = {
    ("auth", "login"): "signs in by a browser",
    ("auth", "logout"): "removes credentials from the disk",
    ("auth", "signup"): "signs up by a browser",
    ("service", "query"): "goes to the service, not to the API",
    ("service", "repair-query-key"): "goes to the service, not to the API",
    ("postgres", "query"): "goes to the service, not to the API",
}
"""Commands that do not work with an emulator, and why."""


def test_every_command_is_run() -> None:
    """The tests run each command that an emulator makes possible."""
    run = {words for path in TESTS.glob("test_*.py") for words in _run(path)}
    missing = {
        command
        for command in _commands(())
        if not any(words[: len(command)] == command for words in run)
        and not any(command[: len(words)] == words for words in OUT_OF_REACH)
    }
    assert missing == set()


def test_page_has_every_command() -> None:
    """The page for those who come from it has every command beside one of ours."""
    tables = tomllib.loads(TABLE.read_text("utf-8"))
    listed = {(group, *words.split()) for group, commands in tables.items() for words in commands}

    assert listed == {*_commands(())}


def _commands(path: Words) -> list[Words]:
    """Every command below a place that is no group of commands."""
    shown = subprocess.run(  # noqa: S603 - the program under test
        [executable(), "cloud", *path, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"DO_NOT_TRACK": "1"},
    ).stdout
    _, _, listed = shown.partition("\nCommands:\n")
    within = re.findall(r"^  (\S+)", listed.partition("\n\n")[0], re.MULTILINE)
    groups = [_commands((*path, name)) for name in within if name != "help"]
    return [command for group in groups for command in group] or [path]


def _run(path: Path) -> list[Words]:
    """The texts that the calls of a test module begin with."""
    calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
    return [_texts(call.args) for call in calls if ast.unparse(call.func) in CALLS]


def _texts(arguments: list[ast.expr]) -> Words:
    flat = [
        element
        for argument in arguments
        if not isinstance(argument, ast.Dict)
        for element in _elements(argument)
    ]
    texts = takewhile(lambda e: isinstance(e, ast.Constant) and isinstance(e.value, str), flat)
    return tuple(ast.literal_eval(text) for text in texts)


def _elements(argument: ast.expr) -> list[ast.expr]:
    """The elements of a tuple that is unpacked, or the argument itself."""
    if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Tuple):
        return argument.value.elts
    return [argument]
