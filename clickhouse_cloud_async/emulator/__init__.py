"""The ClickHouse Cloud API on this machine, for trying and testing without an account."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.emulator import (
        EmulatedKey,
        EmulatedOrganization,
        Emulator,
        Seeded,
    )
    from clickhouse_cloud_async.emulator.faults import (
        AddedFault,
        ConnectionReset,
        FailedTransition,
        Faults,
        Latency,
        LostAnswer,
        ServerError,
    )
    from clickhouse_cloud_async.emulator.messages import RecordedRequest
    from clickhouse_cloud_async.emulator.rate_limit import RateLimit
    from clickhouse_cloud_async.emulator.snapshot import Snapshot

__all__ = [
    "AddedFault",
    "ConnectionReset",
    "EmulatedKey",
    "EmulatedOrganization",
    "Emulator",
    "FailedTransition",
    "Faults",
    "Latency",
    "LostAnswer",
    "RateLimit",
    "RecordedRequest",
    "Seeded",
    "ServerError",
    "Snapshot",
]

_HOMES = {
    "AddedFault": "faults",
    "ConnectionReset": "faults",
    "EmulatedKey": "emulator",
    "EmulatedOrganization": "emulator",
    "Emulator": "emulator",
    "FailedTransition": "faults",
    "Faults": "faults",
    "Latency": "faults",
    "LostAnswer": "faults",
    "RateLimit": "rate_limit",
    "RecordedRequest": "messages",
    "Seeded": "emulator",
    "ServerError": "faults",
    "Snapshot": "snapshot",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
