"""Common parts of all ClickStack resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.store import Collection, Path


def draw_id(random: Random) -> str:
    """Draw an id, which in ClickStack has 24 hexadecimal digits."""
    return f"{random.getrandbits(96):024x}"


def team_id(service_path: Path) -> str:
    """The ID of a service's team; each service has one."""
    return service_path[-1].replace("-", "")[:24]


def neighbours(call: Call, name: str) -> Collection:
    """A collection of the call's ClickStack, such as ``alerts``."""
    return call.organization.world.store.collection((*call.service_path, "clickstack", name))
