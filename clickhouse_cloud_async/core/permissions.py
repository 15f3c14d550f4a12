"""The permissions that methods of a client need."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING

from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TABLE = "operations.required_permissions"
"""The generated module of an API that holds the permissions of its methods."""


def required_permissions(*methods: Callable[..., object]) -> tuple[str, ...]:
    """Return the permissions that a set of methods needs, without sending anything.

    A role that allows them lets a key call these methods and nothing else.

    Args:
        *methods: Methods of the client's namespaces, such as ``cloud.services.start``; of an async
            or a sync client, or of their classes.

    Returns:
        The permissions, each once, in alphabetical order. Methods that any valid key may call add
        none.

    Raises:
        InvalidArgumentError: Something is not a method of a client's namespace.

    Example:
        ::

            required_permissions(cloud.services.start, cloud.backups.list)
    """
    return tuple(sorted({name for method in methods for name in _permissions_of(method)}))


def _permissions_of(method: Callable[..., object]) -> tuple[str, ...]:
    function = inspect.unwrap(method)
    package, _, path = getattr(function, "__module__", "").rpartition(".apis.")
    api, _, rest = path.partition(".")
    # Hand-written parts of a sync client are in a module of that name.
    namespace = rest.rpartition(".")[2].removeprefix("sync_")
    name = getattr(function, "__name__", "")
    permissions = _table(f"{package}.apis.{api}") if package else {}
    found = permissions.get(namespace, {}).get(name)
    if found is None:
        raise InvalidArgumentError(
            f"{name or method!r} is not a method of a client's namespace, such as services.start"
        )
    return found


def _table(package: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The permissions of an API's methods, by namespace and name."""
    try:
        module = import_module(f"{package}.{TABLE}")
    except ModuleNotFoundError:
        return {}
    table: Mapping[str, Mapping[str, tuple[str, ...]]] = module.PERMISSIONS
    return table
