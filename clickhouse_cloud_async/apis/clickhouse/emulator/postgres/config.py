"""Settings of Postgres and of PgBouncer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.problems import bad_request

from .sizes import memory_gb, processors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

PARTS = ("pgConfig", "pgBouncerConfig")

_MAX_POOL_SETTINGS = 64

CHANGES: Final[Schema] = {
    "type": "object",
    "properties": {
        name: {"anyOf": [{"$ref": f"#/schemas/{name}"}, {"type": "object", "maxProperties": 0}]}
        for name in PARTS
    },
}
"""Shape of a change: both sections are optional and may be empty."""

_AT_START = ("max_connections", "max_worker_processes")
"""Settings that Postgres reads when it starts."""

_AMOUNT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
_KILOBYTES = {"": 1, "B": 1 / 1024, "kB": 1, "MB": 1024, "GB": 1024**2, "TB": 1024**3}
_MILLISECONDS = {
    "": 1, "us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
}  # fmt: skip
_SECONDS = {unit: value / 1000 for unit, value in _MILLISECONDS.items()} | {"": 1}
_UNITS: Mapping[str, Mapping[str, float]] = {
    "mem": _KILOBYTES,
    "size": _KILOBYTES,
    "timeout": _MILLISECONDS,
    "delay": _MILLISECONDS,
    "naptime": _SECONDS,
}
"""Units of a setting by the last word of its name, as multiples of the default unit."""


def initial(size: str) -> JsonObject:
    """The settings of a new service."""
    memory, cores = memory_gb(size), processors(size)
    return {
        "pgConfig": {
            "max_connections": max(100, min(5000, 25 * memory)),
            "default_transaction_isolation": "read committed",
            "ssl_min_protocol_version": "TLSv1.2",
            "effective_cache_size": f"{max(1, memory * 3 // 4)}GB",
            "maintenance_work_mem": f"{max(64, 32 * memory)}MB",
            "random_page_cost": 1.1,
            "max_worker_processes": max(8, cores),
            "max_parallel_workers": cores,
        },
        "pgBouncerConfig": {"pool_mode": "transaction", "default_pool_size": str(10 * cores)},
    }


def of(organization: Organization, path: Path) -> JsonObject:
    """The settings of the service at a path."""
    return organization.world.store.document((*path, "config"))


def merged(organization: Organization, settings: JsonObject, changes: JsonObject) -> JsonObject:
    """Return settings with changes.

    Raises:
        Problem: 400 for a value that Postgres would not accept, or too many settings.
    """
    _check(organization, changes.get("pgConfig", {}))
    result = {name: settings[name] | changes.get(name, {}) for name in PARTS}
    if len(result["pgBouncerConfig"]) > _MAX_POOL_SETTINGS:
        raise bad_request(f"pgBouncerConfig: must have at most {_MAX_POOL_SETTINGS} properties")
    return result


def replaced(organization: Organization, body: JsonObject) -> JsonObject:
    """Return only the settings in a body.

    Raises:
        Problem: 400 for a value that Postgres would not accept.
    """
    _check(organization, body["pgConfig"])
    return {name: body[name] for name in PARTS}


def store(organization: Organization, path: Path, settings: JsonObject) -> JsonObject:
    """Store new settings of the service at a path.

    Returns:
        The settings, with a message if some of them wait for a restart.
    """
    before = of(organization, path)["pgConfig"]
    organization.world.store.put((*path, "config"), settings)
    after = settings["pgConfig"]
    waiting = [name for name in _AT_START if before.get(name) != after.get(name)]
    if not waiting:
        return settings
    return settings | {"message": f"a restart is needed for {' and '.join(waiting)}"}


def _check(organization: Organization, values: JsonObject) -> None:
    """Check values that the contract declares only as text."""
    known: dict[str, Schema] = organization.world.contract.schemas["pgConfig"]["properties"]
    for name, value in values.items():
        if isinstance(value, str) and "enum" not in known[name]:
            least = known[name]["minimum"]
            amount = _amount(name, value)
            if amount is None:
                units = [unit for unit in _units(name) if unit]
                beside = f", alone or with one of {', '.join(units)}" if units else ""
                raise bad_request(f"pgConfig.{name}: must be a number{beside}")
            if amount < least:
                raise bad_request(f"pgConfig.{name}: must be at least {least}")


def _units(name: str) -> Mapping[str, float]:
    return _UNITS.get(name.rpartition("_")[2], {"": 1})


def _amount(name: str, text: str) -> float | None:
    """Return the number in a text, in the default unit."""
    match = _AMOUNT.fullmatch(text)
    unit = None if match is None else _units(name).get(match[2])
    return None if match is None or unit is None else float(match[1]) * unit
