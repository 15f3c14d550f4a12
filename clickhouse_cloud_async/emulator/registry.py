"""Which operation is answered by which function."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeAlias

from clickhouse_cloud_async.emulator import operations
from clickhouse_cloud_async.emulator.messages import Call

Handler: TypeAlias = Callable[[Call], object]
"""Answers a call with its result, or with a `Reply` that holds the result and more."""

_HANDLERS: dict[str, Handler] = {}


def operation(*operation_ids: str) -> Callable[[Handler], Handler]:
    """Make a function the answer to operations of the contract.

    Args:
        *operation_ids: Ids of the operations.
    """

    def register(handler: Handler) -> Handler:
        for operation_id in operation_ids:
            assert operation_id not in _HANDLERS, f"{operation_id} has two handlers"
            _HANDLERS[operation_id] = handler
        return handler

    return register


def load_handlers() -> dict[str, Handler]:
    """Every hand-written handler by operation id; importing their modules registers them."""
    for module in iter_modules(operations.__path__, f"{operations.__name__}."):
        import_module(module.name)
    return dict(_HANDLERS)
