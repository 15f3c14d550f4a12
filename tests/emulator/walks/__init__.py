"""Walks through the emulator: for each area, every operation in the order in which one uses it.

A walk is a coroutine function ``walk(api)``. Its emulator stands still in time, has the services
`SERVICES` and is seeded with `SEED`, so that a walk gets the same ids each time. Whatever it asks
for has to succeed; together the walks ask for every operation of the contract.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.emulator.client import Api

    Walk: TypeAlias = Callable[[Api], Awaitable[None]]

SEED = 7
SERVICES = (
    {"id": "5c2b7c1e-6d4e-4a8e-8f63-2f4a5d1c9b70", "name": "running", "state": "running"},
    {"id": "0d9f3a52-3f0b-4d0c-9a51-6f2f4c8f7a11", "name": "stopped", "state": "stopped"},
    {"id": "b1f8a7e0-94c6-4a53-8d1c-3a7e5d2f6c90", "name": "idle", "state": "idle"},
)
RUNNING, STOPPED, IDLE = (f"/services/{service['id']}" for service in SERVICES)


def load_walks() -> dict[str, Walk]:
    """Every walk by the name of its area."""
    names = [module.name for module in iter_modules(__path__)]
    return {name: import_module(f"{__name__}.{name}").walk for name in names}
