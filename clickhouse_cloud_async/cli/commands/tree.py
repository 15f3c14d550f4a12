"""The groups of an API's commands, each of which loads its table when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.lazy import LazyCommand, LazyGroup, make_group

from .loading import load_table, load_waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .table import Command, Tree


def tree_commands(
    tree: Tree, by_hand: Mapping[str, Mapping[str, LazyCommand]] | None = None
) -> dict[str, LazyCommand]:
    """Return the groups of an API's commands.

    Args:
        tree: The commands of the API.
        by_hand: Commands that stand in the group of a namespace beside those of the tree.
    """
    top = {name: doc for name, doc in tree.groups.items() if "." not in name}
    groups = {
        _kebab(name): _lazy_group(tree, name, doc, (by_hand or {}).get(name, {}))
        for name, doc in sorted(top.items())
    }
    if tree.waits:
        groups["wait"] = LazyCommand(
            "wait", "Wait until resources are in a state.", lambda: _wait_group(tree)
        )
    return groups


def _lazy_group(
    tree: Tree, namespace: str, doc: str, by_hand: Mapping[str, LazyCommand]
) -> LazyCommand:
    name = _kebab(namespace.rpartition(".")[2])
    return LazyCommand(name, doc, lambda: _group(tree, namespace, doc, by_hand))


def _group(tree: Tree, namespace: str, doc: str, by_hand: Mapping[str, LazyCommand]) -> LazyGroup:
    commands = {
        _kebab(inner.rpartition(".")[2]): _lazy_group(tree, inner, text, {})
        for inner, text in tree.groups.items()
        if inner.rpartition(".")[0] == namespace
    }
    for verb, command in load_table(tree, namespace).items():
        commands[verb] = _lazy_command(tree, namespace, verb, command)
    return make_group(_kebab(namespace.rpartition(".")[2]), doc, commands | dict(by_hand))


def _lazy_command(tree: Tree, namespace: str, verb: str, command: Command) -> LazyCommand:
    def load() -> Any:
        from .parameters import make_command

        return make_command(tree, namespace, verb, command)

    return LazyCommand(verb, command.help, load)


def _wait_group(tree: Tree) -> LazyGroup:
    commands = {
        name: LazyCommand(name, f"Wait for {_article(kind)} {kind}.", _wait_loader(tree, name))
        for name, kind in tree.waits.items()
    }
    return make_group("wait", "Wait until resources are in a state.", commands)


def _wait_loader(tree: Tree, name: str) -> Any:
    def load() -> Any:
        from .parameters import make_wait

        return make_wait(tree, name, load_waits(tree)[name])

    return load


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _kebab(name: str) -> str:
    return name.replace("_", "-")
