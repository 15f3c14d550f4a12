"""The file in which an emulator keeps everything."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization, serving

if TYPE_CHECKING:
    from pathlib import Path

    from .client import Api

pytestmark = pytest.mark.anyio


async def _everything(api: Api) -> list[Any]:
    paths = ("/services", "/keys", "/activities")
    return [(await api("GET", path)).result for path in paths]


async def test_state_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    """A second emulator has the services, keys, credentials and moment of the first one."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(3, state=file, time_scale=0, seed=1)) as api:
        created = await api.create_service(name="kept")
        await api("POST", "/keys", {"name": "ci"})
        await api.emulator.advance(seconds=30)
        before = await _everything(api)
        credentials = authorization(api.emulator)
    async with serving(Emulator(9, state=file, time_scale=0, seed=1)) as api:
        after = await _everything(api)
        kept = authorization(api.emulator)
        await api.emulator.advance(minutes=5)
        state = (await api("GET", f"/services/{created['id']}")).result["state"]
        other = await api.create_service(name="new")

    assert before[:2] == after[:2]
    assert credentials == kept
    assert state == "running"
    assert other["id"] not in {service["id"] for service in before[0]}


async def test_deletions_are_kept(tmp_path: Path) -> None:
    """What was deleted stays deleted, with everything below it."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator([{"state": "stopped"}], state=file, time_scale=0)) as api:
        path = f"/services/{(await api('GET', '/services')).result[0]['id']}"
        await api("PUT", f"{path}/upgradeWindow", {"weekday": 1, "startHourUtc": 6})
        await api("DELETE", path)
        await api.emulator.advance(minutes=5)
    async with serving(Emulator(state=file, time_scale=0)) as api:
        assert (await api("GET", "/services")).result == []
    rows = sqlite3.connect(file)
    paths = [bytes(row[0]).decode() for row in rows.execute("SELECT path FROM documents")]
    rows.close()

    assert not [text for text in paths if path.rpartition("/")[2] in text]


async def test_other_credentials_take_the_place_of_the_kept_ones(tmp_path: Path) -> None:
    """Credentials that are given count, and the old ones no more."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(state=file, api_key="one", api_secret="first")) as api:
        old = authorization(api.emulator)
    async with serving(Emulator(state=file, api_secret="second")) as api:
        assert (await api("GET", "/services")).status == 200
        assert (await api("GET", "/services", headers=old)).status == 401
    async with serving(Emulator(state=file)) as api:
        assert (api.emulator.api_key, api.emulator.api_secret) == ("one", "second")
        assert (await api("GET", "/services")).status == 200


KILLED = """
import sys
import anyio
from clickhouse_cloud_async.emulator import Emulator

async def main():
    async with Emulator(40, state=sys.argv[1], api_key="k", api_secret="s", time_scale=600) as it:
        print(it.url, it.organization_id, flush=True)
        await anyio.sleep(60)

anyio.run(main)
"""


async def test_killed_process_leaves_whole_changes(tmp_path: Path) -> None:
    """After a kill in the middle of changes, every change that was answered is there."""
    import aiohttp

    file = tmp_path / "cloud.sqlite"
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program
        [sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url, organization = process.stdout.readline().split()
    header = {"Authorization": aiohttp.encode_basic_auth("k", "s")}
    names: list[str] = []
    async with aiohttp.ClientSession(headers=header) as session:
        keys = f"{url}/v1/organizations/{organization}/keys"
        for index in range(20):
            async with session.post(keys, json={"name": f"key {index}"}) as response:
                assert response.status == 200
            names.append(f"key {index}")
        process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    async with serving(Emulator(state=file, time_scale=0)) as api:
        kept = [key["name"] for key in (await api("GET", "/keys")).result]
        services = (await api("GET", "/services")).result
    assert kept == ["emulator", *names]
    assert len(services) == 40


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0 broken" * 90])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no state file is left alone."""
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"notes\.txt"):
        Emulator(state=file)

    assert file.read_bytes() == content


def test_foreign_and_newer_databases_are_refused(tmp_path: Path) -> None:
    """A database of something else, or of another format, is refused."""
    file = tmp_path / "other.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE documents (a)")
    connection.close()
    with pytest.raises(ValueError, match="something else"):
        Emulator(state=file)

    file.unlink()
    with Emulator(state=file):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ValueError, match="format 99"):
        Emulator(state=file)


def test_one_emulator_at_a_time(tmp_path: Path) -> None:
    """A state file belongs to one emulator at a time."""
    file = tmp_path / "cloud.sqlite"
    with Emulator(state=file), pytest.raises(ValueError, match="in use by another emulator"):
        Emulator(state=file)
    with Emulator(state=file) as again:
        assert again.url


def test_missing_folder(tmp_path: Path) -> None:
    """A file in a folder that is not there is refused with its name."""
    emulator = Emulator(state=tmp_path / "missing" / "cloud.sqlite")
    with pytest.raises(ValueError, match=r"cloud\.sqlite"), emulator:
        pass
