"""The tables of commands, made for the tests' own API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .foreign import ForeignAPI

Capture = pytest.CaptureFixture[str]


def decide(library: ForeignAPI, text: str) -> None:
    """Decide something about the commands of the library."""
    (library.folder / "overlay" / "commands.toml").write_text(
        f'prefix = "library"\n{text}\n[until]\nbooks = "shelved"\nrooms-exhibit = "open"\n', "utf-8"
    )


def test_no_commands_unless_something_is_decided(library: ForeignAPI) -> None:
    """An API without the overlay's file of commands has none."""
    assert library.run("generate") == 0
    assert not (library.folder / "cli" / "commands").exists()


def test_tables_are_values(library: ForeignAPI) -> None:
    """What is generated has every method of the client, and loads without it."""
    decide(library, "")
    assert library.run("generate") == 0

    tree = library.module("cli.commands").TREE
    assert (tree.prefix, tree.client) == (("library",), "AsyncLibrary")
    assert "books" in tree.groups
    books = library.module("cli.commands.books").COMMANDS
    assert books["list"].method == "list"
    assert all(command.help and command.examples for command in books.values())


def test_clashes_are_decided_and_not_guessed(library: ForeignAPI, capsys: Capture) -> None:
    """An argument with the name of an option of all commands is named, with what to write."""
    decide(library, "")
    library.change("overlay/fields.toml", "[parameters]", '[parameters]\n"listBooks.lent" = "sort"')
    assert library.run("generate") == 1

    told = capsys.readouterr().err
    assert "--sort has another meaning" in told
    assert '"books.list.sort" =' in told
