"""The ClickHouse Cloud API on this machine, for trying and testing without an account."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.messages import RecordedRequest
    from clickhouse_cloud_async.emulator.rate_limit import RateLimit
    from clickhouse_cloud_async.emulator.server import Emulator

__all__ = ["Emulator", "RateLimit", "RecordedRequest"]

_HOMES = {"Emulator": "server", "RateLimit": "rate_limit", "RecordedRequest": "messages"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
