"""A world without an emulator around it, for tests of its parts."""

from __future__ import annotations

from clickhouse_cloud_async.apis.clickhouse.emulator.api import load_api
from clickhouse_cloud_async.emulation.clock import Clock
from clickhouse_cloud_async.emulation.faults import Faults
from clickhouse_cloud_async.emulation.world import World


def new_world() -> World:
    """An empty world of the ClickHouse Cloud API, whose time stands still."""
    api = load_api()
    clock = Clock(0)
    faults = Faults(0, api.contract.operations.keys(), api.registry.kinds.keys(), clock)
    return World(api.contract, clock, 0, api.registry.actions(), faults)
