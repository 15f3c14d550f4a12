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
        ErrorResponse,
        FailedTransition,
        Fault,
        Faults,
        Latency,
        LostResponse,
    )
    from clickhouse_cloud_async.emulator.messages import RecordedRequest
    from clickhouse_cloud_async.emulator.rate_limit import RequestLimit
    from clickhouse_cloud_async.emulator.snapshot import Snapshot

__all__ = [
    "AddedFault",
    "ConnectionReset",
    "EmulatedKey",
    "EmulatedOrganization",
    "Emulator",
    "ErrorResponse",
    "FailedTransition",
    "Fault",
    "Faults",
    "Latency",
    "LostResponse",
    "RecordedRequest",
    "RequestLimit",
    "Seeded",
    "Snapshot",
]

_HOMES = {
    "AddedFault": "faults",
    "ConnectionReset": "faults",
    "EmulatedKey": "emulator",
    "EmulatedOrganization": "emulator",
    "Emulator": "emulator",
    "FailedTransition": "faults",
    "Fault": "faults",
    "Faults": "faults",
    "Latency": "faults",
    "LostResponse": "faults",
    "RequestLimit": "rate_limit",
    "RecordedRequest": "messages",
    "Seeded": "emulator",
    "ErrorResponse": "faults",
    "Snapshot": "snapshot",
}


if not TYPE_CHECKING:
    # Type checkers would take every misspelt name for one that is there.

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
