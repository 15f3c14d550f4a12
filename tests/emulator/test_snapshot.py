"""Going back to an earlier state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator, RequestLimit

from .client import serving

if TYPE_CHECKING:
    from pathlib import Path

    from .client import Api


async def test_restore_brings_everything_back(api: Api) -> None:
    """After a restore, services, keys and the moment are those of the snapshot."""
    names = ("/services", "/keys")
    before = [(await api("GET", name)).text for name in names]
    snapshot = api.emulator.snapshot()
    first = await api.create_service(name="first")
    await api("POST", "/keys", {"name": "another"})
    date = (await api("GET", "/keys")).headers["Date"]
    await api.emulator.advance(days=2)
    assert (await api("GET", "/keys")).headers["Date"] != date
    api.emulator.restore(snapshot)
    after = [(await api("GET", name)).json["result"] for name in names]

    import json

    assert [json.loads(text)["result"] for text in before] == after
    assert (await api("GET", "/keys")).headers["Date"] == date
    assert (await api.create_service(name="first"))["id"] == first["id"]


async def test_timers_come_back(api: Api) -> None:
    """What was due after the snapshot happens again after each restore."""
    service = await api.create_service()
    snapshot = api.emulator.snapshot()
    states: list[str] = []
    for _ in range(2):
        await api.emulator.advance(minutes=5)
        states.append((await api("GET", f"/services/{service['id']}")).result["state"])
        api.emulator.restore(snapshot)
        states.append((await api("GET", f"/services/{service['id']}")).result["state"])

    assert states == ["running", "provisioning"] * 2


def test_snapshot_of_another_emulator() -> None:
    """A snapshot goes back only where it was taken."""
    emulator = Emulator(2, seed=1)
    with pytest.raises(ValueError, match="of another emulator"):
        emulator.restore(Emulator(1, seed=1).snapshot())
    assert repr(emulator) == "<Emulator not listening, 2 services>"


async def test_rate_limit_after_a_restore() -> None:
    """A window that was opened later than the restored moment holds nobody up."""
    async with serving(Emulator(time_scale=0, rate_limit=RequestLimit(1, per=10))) as api:
        snapshot = api.emulator.snapshot()
        await api.emulator.advance(hours=1)
        later = [(await api("GET", "/keys")).status for _ in range(2)]
        api.emulator.restore(snapshot)
        assert (await api("GET", "/keys")).status == 200

    assert later == [200, 429]


def test_restore_in_threads() -> None:
    """Snapshots work where the emulator serves in its own thread."""
    with (
        Emulator(2, time_scale=0) as emulator,
        ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        snapshot = emulator.snapshot()
        cloud.api_keys.create(name="temporary", ip_access_list=[])
        assert len(cloud.api_keys.list()) == 2
        emulator.restore(snapshot)
        assert len(cloud.api_keys.list()) == 1


async def test_restore_is_kept_in_the_file(tmp_path: Path) -> None:
    """A state file holds what was restored."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(1, state=file, time_scale=0)) as api:
        snapshot = api.emulator.snapshot()
        await api("POST", "/keys", {"name": "gone"})
        api.emulator.restore(snapshot)
    async with serving(Emulator(state=file, time_scale=0)) as api:
        assert [key["name"] for key in (await api("GET", "/keys")).result] == ["emulator"]
