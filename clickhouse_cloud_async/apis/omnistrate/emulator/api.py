"""The Omnistrate API as one value that the engine can serve."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.access.access import authenticate, authorise
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import homes
from clickhouse_cloud_async.core.contract import Contract, load_contract
from clickhouse_cloud_async.emulation.api import EmulatedAPI

from . import operations, responses
from .call import Call
from .registry import REGISTRY

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.store import Path

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""The largest body that is accepted: files are uploaded as bodies."""

_VERSION = 1
"""Number of path segments for the API's version."""


@cache
def load_api() -> EmulatedAPI:
    """Return the API, loaded once, so that values derived from it are cached."""
    for module in iter_modules(operations.__path__, f"{operations.__name__}."):
        import_module(module.name)
    return EmulatedAPI(
        contract=strict(load_contract("omnistrate")),
        registry=REGISTRY,
        home=_home,
        authenticate=authenticate,
        authorise=authorise,
        no_route=responses.no_route,
        call=Call.of,
        wrap=responses.wrap,
        refuse=responses.refuse,
        mismatch=responses.mismatch_problem,
        max_body_bytes=MAX_BODY_BYTES,
    )


def _home(template: tuple[str, ...], path: tuple[str, ...]) -> Path:
    return homes.home(template[_VERSION:], path[_VERSION:])


def strict(contract: Contract) -> Contract:
    """Return the contract with the checks that the API applies to requests.

    Unknown constants are refused, which is deduced. Unknown fields are ignored.
    """
    return Contract(
        {
            **contract.facts,
            "operations": _checked(contract.facts["operations"]),
            "schemas": _checked(contract.schemas),
        }
    )


def _checked(value: Any) -> Any:
    """Return a part of a contract in which open sets of constants are closed."""
    if isinstance(value, list):
        return [_checked(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: _checked(item) for name, item in value.items()}
    if isinstance(value.get("x-known-values"), list):
        result["enum"] = value["x-known-values"]
    if isinstance(value.get("properties"), dict) and "additionalProperties" not in value:
        result["additionalProperties"] = True
    return result
