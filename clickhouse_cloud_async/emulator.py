"""The ClickHouse Cloud API on this machine, for trying and testing without an account."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.emulator import (
        EmulatedKey,
        EmulatedOrganization,
        Emulator,
        Seeded,
    )
    from clickhouse_cloud_async.emulation.faults import (
        AddedFault,
        ConnectionReset,
        ErrorResponse,
        FailedTransition,
        Fault,
        Faults,
        Latency,
        LostResponse,
        StaleRead,
    )
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.rate_limit import RequestLimit
    from clickhouse_cloud_async.emulation.snapshot import Snapshot

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
    "StaleRead",
]

_HOMES = {
    "AddedFault": "emulation.faults",
    "ConnectionReset": "emulation.faults",
    "EmulatedKey": "apis.clickhouse.emulator.emulator",
    "EmulatedOrganization": "apis.clickhouse.emulator.emulator",
    "Emulator": "apis.clickhouse.emulator.emulator",
    "ErrorResponse": "emulation.faults",
    "FailedTransition": "emulation.faults",
    "Fault": "emulation.faults",
    "Faults": "emulation.faults",
    "Latency": "emulation.faults",
    "LostResponse": "emulation.faults",
    "RecordedRequest": "emulation.messages",
    "RequestLimit": "emulation.rate_limit",
    "Seeded": "apis.clickhouse.emulator.emulator",
    "Snapshot": "emulation.snapshot",
    "StaleRead": "emulation.faults",
}


if not TYPE_CHECKING:
    # Type checkers would take every misspelt name for one that is there.

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"clickhouse_cloud_async.{_HOMES[name]}"), name)
