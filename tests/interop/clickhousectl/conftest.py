"""The client and the services that it works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .program import Clickhousectl

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator


@pytest.fixture
def ctl(emulator: Emulator, tmp_path: Path) -> Clickhousectl:
    """The client."""
    return Clickhousectl(emulator, tmp_path)


@pytest.fixture
def services(ctl: Clickhousectl) -> dict[str, str]:
    """Ids of the services by name."""
    return {service["name"]: service["id"] for service in ctl("service", "list")}


@pytest.fixture
def etl(services: dict[str, str]) -> str:
    """Id of a running service."""
    return services["etl"]
