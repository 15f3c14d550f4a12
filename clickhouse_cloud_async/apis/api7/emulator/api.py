"""The API7 Cloud API as one value that the engine can serve."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.contract import Contract, load_contract
from clickhouse_cloud_async.emulation.api import EmulatedAPI

from . import envelope, operations
from .access import authenticate, authorise
from .call import Call
from .registry import REGISTRY

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import Strictness

_VERSION = 2
"""Number of path segments for the API's version."""


@cache
def load_api(strictness: Strictness) -> EmulatedAPI:
    """Return the API, loaded once, so that values derived from it are cached.

    Args:
        strictness: ``live`` or ``documented``.
    """
    for module in iter_modules(operations.__path__, f"{operations.__name__}."):
        import_module(module.name)
    return EmulatedAPI(
        contract=tolerant(load_contract("api7"), any_fields=strictness == "live"),
        registry=REGISTRY,
        home=_home,
        authenticate=authenticate,
        authorise=authorise,
        no_route=envelope.no_route,
        call=Call.of,
        wrap=envelope.wrap,
        refuse=envelope.refuse,
        mismatch=envelope.mismatch_problem,
    )


def _home(template: tuple[str, ...], path: tuple[str, ...]) -> Path:
    """Return the path of a resource in the store.

    Control planes and applications are stored at their own paths, because not all request paths
    contain their parents.
    """
    parts, names = path[_VERSION:], template[_VERSION:]
    if parts[0] == "debug":
        return parts[2:4]
    if "{control_plane_id}" in names and parts[0] == "orgs":
        return parts[2:4]
    if "{app_id}" in names:
        return parts[names.index("{app_id}") - 1 :]
    if names[:3] == ("controlplanes", "{control_plane_id}", "apps"):
        return ("apps",)
    if names == ("orgs", "{id}", "controlplanes"):
        return ("controlplanes",)
    return parts


def tolerant(contract: Contract, *, any_fields: bool) -> Contract:
    """Return the contract with the changes that the API's real behaviour requires.

    The direction of lists may be in upper or lower case.

    Args:
        contract: The contract.
        any_fields: Whether requests may have unknown fields, because clients send back received
            objects. Handlers ignore them.
    """
    changed: dict[str, Any] = {}
    for name, operation in contract.operations.items():
        facts = dict(operation.facts)
        if operation.body is not None:
            body = _whole(contract, operation.body, any_fields=any_fields)
            facts["body"] = {"content": {"application/json": body}}
        facts["parameters"] = [
            {**parameter, "schema": {"type": "string"}}
            if parameter["name"] == "direction"
            else parameter
            for parameter in facts.get("parameters", ())
        ]
        changed[name] = facts
    return Contract({**contract.facts, "operations": changed})


def _whole(contract: Contract, schema: Schema, *, any_fields: bool) -> Schema:
    """Return the merged schema of an object, with all of its fields."""
    whole = contract.compose(contract.resolve(schema))
    return {**whole, "additionalProperties": any_fields} if "properties" in whole else schema
