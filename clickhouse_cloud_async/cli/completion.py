"""Completion of command lines: profiles, words of the API and names of things.

The functions for typer take the context so far and the beginning of a word.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async import apis

if TYPE_CHECKING:
    from .commands.table import Tree
    from .names_cache import Wanted

Complete = Callable[[typer.Context, str], list[str]]
"""A completion function of typer."""


def complete_words(words: Iterable[str]) -> Complete:
    """Return a function that completes one of some words.

    Args:
        words: The words.
    """

    def complete(_context: typer.Context, incomplete: str) -> list[str]:
        return _beginning_with(incomplete, words)

    return complete


def complete_enum(module: str, name: str) -> Complete:
    """Return a function that completes one of the words of an enum.

    Args:
        module: The module of the enum, which is loaded when it is asked.
        name: Its name.
    """

    def complete(_context: typer.Context, incomplete: str) -> list[str]:
        return _beginning_with(incomplete, map(str, getattr(import_module(module), name)))

    return complete


def complete_names(
    package: str, namespace: str, command: str, parameter: str, needed: Iterable[str] = ()
) -> Complete:
    """Return a function that completes the exact names of the things that a parameter takes.

    Args:
        package: The package of the API.
        namespace: The namespace of the command; empty for a command that waits.
        command: Name of the command.
        parameter: Name of its parameter.
        needed: Other arguments, which say where the things are.
    """

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from .names_cache import Wanted

        given = context.params
        known = {name: str(given[name]) for name in needed if given.get(name) is not None}
        wanted = Wanted(package, namespace, command, parameter, known)
        return _beginning_with(incomplete, _names(wanted, given))

    return complete


def complete_organizations(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the id of an organisation that the credentials see, where the API lists them.

    Args:
        context: The context so far.
        incomplete: The beginning of the id.
    """
    from .commands.loading import load_table
    from .names_cache import Wanted

    tree, namespace, argument = _tree_of(context), "organizations", "organization_id"
    if namespace not in tree.groups:
        return []
    parameters = load_table(tree, namespace)["get"].parameters
    if not any(each.name == argument and each.find for each in parameters):
        return []
    wanted = Wanted(tree.package, namespace, "get", argument, {}, by_id=True)
    return _beginning_with(incomplete, _names(wanted, context.params))


def complete_profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a profile of the API whose command it is.

    Args:
        context: The context so far.
        incomplete: The beginning of the name.
    """
    from clickhouse_cloud_async.core.client import api_of
    from clickhouse_cloud_async.core.errors import CloudError
    from clickhouse_cloud_async.core.profiles import profile_names
    from clickhouse_cloud_async.core.settings import config_path

    from .commands.loading import load_client

    api = api_of(load_client(_tree_of(context)))
    try:
        return _beginning_with(incomplete, profile_names(config_path(api)))
    except CloudError:
        return []


def complete_states(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a state that a command waits for.

    Args:
        context: What has been read so far; the command is named after what it waits for.
        incomplete: The beginning of the state.
    """
    from .commands.loading import load_waits

    wait = load_waits(_tree_of(context))[str(context.info_name)]
    return _beginning_with(incomplete, (*wait.states, *(["gone"] if wait.gone else [])))


def complete_kinds(context: typer.Context, incomplete: str) -> list[str]:
    """Complete a kind of desired state of the API whose command it is.

    Args:
        context: What has been read so far.
        incomplete: The beginning of the kind.
    """
    module = import_module(f"{_tree_of(context).package}.resources.kinds")
    return _beginning_with(incomplete, module.KINDS.names)


def _beginning_with(incomplete: str, words: Iterable[str]) -> list[str]:
    return sorted(word for word in words if word.startswith(incomplete))


def _tree_of(context: typer.Context) -> Tree:
    """Return the commands of the API whose command it is: those with its prefix."""
    words = tuple(context.command_path.split()[1:])
    trees: list[Tree] = [
        import_module(name).TREE
        for found in pkgutil.iter_modules(apis.__path__, f"{apis.__name__}.")
        if find_spec(name := f"{found.name}.cli.commands") is not None
    ]
    fitting = [tree for tree in trees if words[: len(tree.prefix)] == tree.prefix]
    return max(fitting, key=lambda tree: len(tree.prefix))


def _names(wanted: Wanted, given: dict[str, Any]) -> list[str]:
    """Return the names that can be found; in case of an error there are none."""
    try:
        return _find_names(wanted, given)
    except Exception:  # noqa: BLE001 - whatever is wrong, the command itself will tell
        return []


def _find_names(wanted: Wanted, given: dict[str, Any]) -> list[str]:
    from clickhouse_cloud_async.core.client import api_of
    from clickhouse_cloud_async.core.settings import resolve_settings

    from .commands.loading import load_client
    from .names_cache import names

    (profile, *_) = given.get("profile") or [None]
    url = given.get("url")
    tree: Tree = import_module(f"{wanted.package}.cli.commands").TREE
    # Clients without credentials raise here, before any request.
    settings = resolve_settings(api_of(load_client(tree)), {}, url, profile)
    account = f"{settings.base_url} {settings.authenticators[''].identity}"
    organization = given.get("organization")
    return names(wanted._replace(profile=profile, organization=organization, url=url), account)
