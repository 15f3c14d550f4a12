"""The ClickHouse settings of a service, as its queries get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.services.clickhouse_settings import SETTINGS

from .settings import LONGEST

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

_TIME: Final = "max_execution_time"


def settings_of(world: World, path: Path) -> dict[str, str]:
    """Return the settings that were set for a service through the API, for one of its queries.

    Those of servers are left out, and no query runs for longer than the emulator lets it.

    Args:
        world: Where the service is.
        path: Its path.
    """
    kept = world.store.collection((*path, "clickhouseSettings")).peek_all()
    settings = {
        name: str(setting["value"])
        for name, setting in kept.items()
        if name in SETTINGS and not SETTINGS[name].is_of_server
    }
    if _TIME in settings:
        asked = int(settings[_TIME])
        settings[_TIME] = str(asked if 0 < asked <= LONGEST else LONGEST)
    return settings
