"""The file in which an emulator keeps everything."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization, serving

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from .client import Api


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
        path = await api.service_path("stopped")
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
    with pytest.raises(ValueError, match="not the state file"):
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


def test_nothing_of_another_emulator_is_overwritten(tmp_path: Path) -> None:
    """An emulator that knows an older state than the file holds does not begin."""
    file = tmp_path / "cloud.sqlite"
    early = Emulator(state=file)
    with Emulator(3, state=file):
        pass
    late = Emulator(state=file)
    with pytest.raises(ValueError, match="written by another emulator in the meantime"), early:
        pass
    for _ in range(2):
        with late:
            late.restore(late.snapshot())
            late.add_key("kept")
    with Emulator(state=file) as last:
        assert repr(last).endswith(", 3 services>")
    with pytest.raises(ValueError, match="written by another emulator in the meantime"), late:
        pass


def test_missing_folder(tmp_path: Path) -> None:
    """A file in a folder that is not there is refused with its name."""
    emulator = Emulator(state=tmp_path / "missing" / "cloud.sqlite")
    with pytest.raises(ValueError, match=r"cloud\.sqlite"), emulator:
        pass


async def test_taken_port_leaves_a_file_that_can_be_used(tmp_path: Path) -> None:
    """An emulator that could not listen has spoilt nothing."""
    file = tmp_path / "cloud.sqlite"
    async with Emulator() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Emulator(3, state=file, port=port).__aenter__()
    async with serving(Emulator(state=file)) as api:
        assert len((await api("GET", "/services")).result) == 3


async def test_moment_is_kept_where_nothing_happens(tmp_path: Path) -> None:
    """Emulated time goes on where it ended, even if nothing was due in it."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(state=file, time_scale=0)) as api:
        await api.emulator.advance(hours=5)
        date = (await api("GET", "/services")).headers["Date"]
    async with serving(Emulator(state=file, time_scale=0)) as api:
        assert (await api("GET", "/services")).headers["Date"] == date


@contextmanager
def _full_disk() -> Generator[None]:
    """Files can grow no more."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_full_disk_is_told_and_made_good(tmp_path: Path) -> None:
    """What cannot be kept answers 500 and says why; it is kept once there is room again."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(state=file, time_scale=0)) as api:
        with _full_disk():
            refused = await api("POST", "/keys", {"name": "first"}, checked=False)
            with pytest.raises(ValueError, match=r"cloud\.sqlite"):
                api.emulator.add_key("second")
        await api("POST", "/keys", {"name": "third"})
    async with serving(Emulator(state=file, time_scale=0)) as api:
        names = [key["name"] for key in (await api("GET", "/keys")).result]

    assert refused.status == 500
    assert str(file) in refused.error
    assert names == ["emulator", "first", "second", "third"]


async def test_deleted_file_is_told(tmp_path: Path) -> None:
    """Changes are not lost in silence where somebody has deleted the file."""
    file = tmp_path / "cloud.sqlite"
    emulator = Emulator(state=file, time_scale=0)
    async with serving(emulator) as api:
        aside = file.rename(tmp_path / "aside")
        refused = await api("POST", "/keys", {"name": "lost"}, checked=False)
        aside.rename(file)

    assert (refused.status, refused.error) == (500, f"{file} was deleted while it was in use")


async def test_replaced_file_is_told(tmp_path: Path) -> None:
    """Changes do not go to a file that is at no path any more, and the new one is left alone."""
    file = tmp_path / "cloud.sqlite"
    emulator = Emulator(state=file, time_scale=0)
    async with serving(emulator) as api:
        aside = file.rename(tmp_path / "aside")
        file.write_bytes(b"another file")
        refused = await api("POST", "/keys", {"name": "lost"}, checked=False)
        content = file.read_bytes()
        aside.replace(file)

    assert refused.status == 500
    assert refused.error == f"{file} was replaced by another file while it was in use"
    assert content == b"another file"


async def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    """The file holds an API secret; one with a wider mode is narrowed, those beside it too."""
    file = tmp_path / "cloud.sqlite"
    for mode in (None, 0o644):
        if mode is not None:
            file.chmod(mode)
        async with serving(Emulator(state=file)) as api:
            await api("POST", "/keys", {"name": "ci"})
            assert _modes(tmp_path) == {0o600}


def _modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_damaged_documents_are_refused(tmp_path: Path) -> None:
    """A state file with something unreadable in it is refused with its name."""
    file = tmp_path / "cloud.sqlite"
    with Emulator(state=file):
        pass
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE documents SET body = '{'")
    connection.close()
    with pytest.raises(ValueError, match=r"cloud\.sqlite cannot be used as a state file"):
        Emulator(state=file)


_MOMENT = "CAST(path AS TEXT) = '[\"_emulator\"]' AND key = 'moment'"
_FIRST = "CAST(path AS TEXT) = '[\"_emulator\"]' AND key = 'first'"
_TIMERS = "CAST(path AS TEXT) = '[\"_timers\"]'"


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ('body = \'{"elapsed": 1e12, "runs": 0}\'', _MOMENT, "must be from 0 to"),
        ('body = \'{"elapsed": -1, "runs": 0}\'', _MOMENT, "must be from 0 to"),
        ('body = \'{"elapsed": 1e9, "runs": 0}\'', _MOMENT, "was due at 2026-01-05"),
        ('body = \'{"elapsed": "1", "runs": 0}\'', _MOMENT, "of a wrong type"),
        ("body = '{}'", _MOMENT, "a value is missing"),
        ("key = 'other'", _MOMENT, "a value is missing"),
        ("key = 'other'", _FIRST, "first organisation is missing"),
        ('body = \'{"id": "a"}\'', _FIRST, "first organisation is missing"),
        ("body = '[]'", _TIMERS, "is damaged"),
        ("body = '{}'", _TIMERS, "a value is missing"),
        ("path = '{}'", _TIMERS, "is damaged"),
        ("body = json_set(CAST(body AS TEXT), '$.name', 'none')", _TIMERS, "no timer none"),
    ],
)
def test_files_that_were_changed_by_hand_are_refused(
    tmp_path: Path, change: str, where: str, message: str
) -> None:
    """What no emulator wrote is told in words, and a moment far off is not lived up to."""
    file = tmp_path / "cloud.sqlite"
    with Emulator(3, state=file, time_scale=0):
        pass
    with sqlite3.connect(file) as connection:
        statement = f"UPDATE documents SET {change} WHERE {where}"  # noqa: S608 - of this test
        assert connection.execute(statement).rowcount > 0
    connection.close()
    with pytest.raises(ValueError, match=rf"cloud\.sqlite .*{re.escape(message)}"):
        Emulator(state=file)
