"""The help of generated commands, in the words of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.cli.commands.loading import load_waits
from clickhouse_cloud_async.cli.commands.waits import _target

from .test_commands import EVERY_API, command_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.cli.commands.table import Command, Parameter, Wait

    from .walk import Walk

_PYTHON = re.compile(r"\bNone\b(?! of)|\bTrue\b|\bFalse\b|\braises?d?\b|\b[A-Z]\w+Error\b|`")
"""Words that only programs in Python understand."""


def texts_of(walk: Walk) -> Iterator[tuple[str, str, tuple[Parameter, ...]]]:
    """Yield the place, a text and the parameters of each help text of an API."""
    commands: list[tuple[str, Command | Wait]] = [(row.place, row.command) for row in walk.rows]
    commands += ((f"wait {name}", wait) for name, wait in load_waits(walk.tree).items())
    for place, command in commands:
        yield place, command.help, command.parameters
        for parameter in command.parameters:
            yield f"{place} {parameter.name}", parameter.help, command.parameters
            for shortcut in parameter.shortcuts:
                yield f"{place} {shortcut.option}", shortcut.help, command.parameters


@EVERY_API
def test_no_name_of_python_in_help(walk: Walk) -> None:
    """Options, commands and null stand for arguments, methods and None."""
    methods = {place.rpartition(".")[2] for place in walk.methods}
    methods |= {name for each in walk.overlay.lifecycles for name in each.methods.values()}
    offenders = {}
    for place, text, parameters in texts_of(walk):
        names = {name for name in methods | {each.name for each in parameters} if "_" in name}
        names -= {word for each in parameters for word in each.words}
        found = _PYTHON.findall(text) + sorted(names & {*re.findall(r"\w+", text)})
        if found:
            offenders[place] = found

    assert offenders == {}


@EVERY_API
def test_help_does_not_contradict_itself(walk: Walk) -> None:
    """A name has no form of IDs, words are not numbers, and a value is described once."""
    for place, text, _ in texts_of(walk):
        assert text.count("null") <= 1, place
        assert text.lower().count("private preview") <= 1 or "terms" in text, place
        assert ".." not in text.replace("...", ""), place
    for row in walk.rows:
        for parameter in row.command.parameters:
            assert not (parameter.find and "atching ^" in parameter.help), row.place
            assert not (parameter.words and "One of" in parameter.help), row.place
            for shortcut in parameter.shortcuts:
                assert shortcut.option == parameter.option or shortcut.help, row.place


@EVERY_API
def test_examples_of_waits_end_well(walk: Walk) -> None:
    """The example of a wait is one that the command accepts, and no failure."""
    for name, wait in load_waits(walk.tree).items():
        assert wait.example not in wait.failed, name
        _target(wait, [wait.example])


@EVERY_API
def test_examples_of_changes_change_something(walk: Walk) -> None:
    """An example of a command that changes fields has one."""
    for row in walk.rows:
        fields = [each for each in row.command.parameters if each.wire and not each.is_secret]
        if row.operation and row.operation.method in {"PATCH", "PUT"} and fields:
            first = row.command.examples[0].split()
            assert any(each.startswith("--") for each in first), row.place


def test_secrets_say_how_they_are_read() -> None:
    """The option of a secret prompts, and its other one reads a file."""
    command = command_of(["services", "reset-password"])
    helps = {option.opts[0]: option.help for option in command.params if option.opts}

    assert helps["--password"] == "The new password. Prompts for the value."
    assert helps["--password-file"] == (
        "The new password. Read from the first line of a file, - for standard input."
    )


@pytest.mark.parametrize("option", ["--tags-add", "--tags-remove"])
def test_options_of_parts_describe_the_part(option: str) -> None:
    """Such an option says what it does, and not what all of them do together."""
    helps = {each.opts[0]: each.help for each in command_of(["services", "update"]).params}

    assert option.rpartition("-")[2] in helps[option]
    assert helps[option] != helps["--tags"]
