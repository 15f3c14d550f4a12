"""The ClickHouse Cloud API as one value that the engine can serve."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulation.api import EmulatedAPI

from . import envelope, operations
from .access.authenticator import authenticate
from .access.permissions import authorise
from .call import Call
from .ids import check_ids
from .registry import REGISTRY

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.store import Path


@cache
def load_api() -> EmulatedAPI:
    """The contract, loaded once, so that values derived from it are cached."""
    for module in iter_modules(operations.__path__, f"{operations.__name__}."):
        import_module(module.name)
    return EmulatedAPI(
        contract=load_contract("clickhouse"),
        registry=REGISTRY,
        home=_home,
        authenticate=authenticate,
        authorise=_authorise,
        no_route=envelope.no_route,
        call=Call.of,
        wrap=envelope.wrap,
        refuse=envelope.refuse,
        mismatch=envelope.mismatch_problem,
    )


def _authorise(context: Context) -> None:
    authorise(context)
    check_ids(context)


def _home(template: tuple[str, ...], path: tuple[str, ...]) -> Path:  # noqa: ARG001 - as all have it
    """Return the path of a resource in the store: its URL path without the version."""
    return path[1:]
