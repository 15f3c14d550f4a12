"""The groups of an API's commands, each of which loads its table when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.lazy import LazyCommand, LazyGroup, make_group

from .loading import load_table, load_waits

if TYPE_CHECKING:
    from .table import Command, Tree


def tree_commands(tree: Tree) -> dict[str, LazyCommand]:
    """Return the groups of an API, for the group that they stand in.

    Args:
        tree: The commands of the API.
    """
    top = {name: doc for name, doc in tree.groups.items() if "." not in name}
    groups = {_kebab(name): _lazy_group(tree, name, doc) for name, doc in sorted(top.items())}
    if tree.waits:
        groups["wait"] = LazyCommand(
            "wait", "Wait for what changes by itself.", lambda: _wait_group(tree)
        )
    return groups


def _lazy_group(tree: Tree, namespace: str, doc: str) -> LazyCommand:
    name = _kebab(namespace.rpartition(".")[2])
    return LazyCommand(name, doc, lambda: _group(tree, namespace, name, doc))


def _group(tree: Tree, namespace: str, name: str, doc: str) -> LazyGroup:
    commands = {
        _kebab(inner.rpartition(".")[2]): _lazy_group(tree, inner, text)
        for inner, text in tree.groups.items()
        if inner.rpartition(".")[0] == namespace
    }
    for verb, command in load_table(tree, namespace).items():
        commands[verb] = _lazy_command(tree, namespace, verb, command)
    return make_group(name, doc, commands)


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
    return make_group("wait", "Wait for what changes by itself.", commands)


def _wait_loader(tree: Tree, name: str) -> Any:
    def load() -> Any:
        from .parameters import make_wait

        return make_wait(tree, name, load_waits(tree)[name])

    return load


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _kebab(name: str) -> str:
    return name.replace("_", "-")
