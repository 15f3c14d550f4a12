"""Loads objects that the tables of an API's commands refer to."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

    from .table import Command, Tree, Wait


def load_table(tree: Tree, namespace: str) -> Mapping[str, Command]:
    """Return the commands of a namespace.

    Args:
        tree: The commands of the API.
        namespace: The namespace, such as ``services``.
    """
    module = import_module(f"{tree.package}.cli.commands.{namespace.replace('.', '_')}")
    table: Mapping[str, Command] = module.COMMANDS
    return table


def load_waits(tree: Tree) -> Mapping[str, Wait]:
    """Return the waits of an API.

    Args:
        tree: The commands of the API.
    """
    waits: Mapping[str, Wait] = import_module(f"{tree.package}.cli.commands.waits").WAITS
    return waits


def load_client(tree: Tree) -> Any:
    """Return the class of the API's client.

    Args:
        tree: The commands of the API.
    """
    return getattr(import_module(f"{tree.package}.client"), tree.client)


def load_model(tree: Tree, name: str) -> Any:
    """Return a model of the API, or a union of models.

    Args:
        tree: The commands of the API.
        name: Its name.
    """
    return getattr(import_module(f"{tree.package}.models"), name)


def load_address(tree: Tree, name: str) -> Any:
    """Return the class of an address.

    Args:
        tree: The commands of the API.
        name: Its name.
    """
    return getattr(import_module(f"{tree.package}.models.addresses"), name)


def load_lifecycle(tree: Tree, wait: Wait) -> Lifecycle[Any]:
    """Return the lifecycle of a wait.

    Args:
        tree: The commands of the API.
        wait: The wait.
    """
    module = import_module(f"{tree.package}.operations.{wait.namespace.replace('.', '_')}")
    found: Lifecycle[Any] = getattr(module, wait.lifecycle)
    return found


def method_of(client: Any, place: str) -> Any:
    """Return the method of a client at a place such as ``services.list``.

    Args:
        client: The client.
        place: The place.
    """
    found = client
    for name in place.split("."):
        found = getattr(found, name)
    return found
