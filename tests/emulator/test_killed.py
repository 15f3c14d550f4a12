"""An emulator that is killed in a storm of changes, again and again."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import orjson

from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from .client import Api

KILLS = 3
WORKERS = 8

SERVER = """
import sys
import anyio
from clickhouse_cloud_async.emulator import Emulator

async def main():
    options = {"api_key": "k", "api_secret": "s", "time_scale": 3600}
    async with Emulator(20, state=sys.argv[1], **options) as emulator:
        print(emulator.url, emulator.organization_id, flush=True)
        await anyio.sleep(60)

anyio.run(main)
"""


@attrs.define
class Told:
    """What the answers have said of the keys.

    Attributes:
        names: The last name of each key that was answered, by id.
        unsure: Further names of a key, and None for its end, that were asked for and not answered.
        answers: How many answers there were.
    """

    names: dict[str, str | None] = attrs.Factory(dict[str, "str | None"])
    unsure: dict[str, str | None] = attrs.Factory(dict[str, "str | None"])
    answers: int = 0


async def _change(session: aiohttp.ClientSession, url: str, told: Told, random: Random) -> None:
    """Create a key, rename it many times and perhaps delete it, noting what is answered."""
    name = f"key {random.random()}"
    async with session.post(f"{url}/keys", json={"name": name}) as answer:
        key_id = (await answer.json())["result"]["key"]["id"]
    told.names[key_id] = name
    told.answers += 1
    for method, renamed in [("PATCH", f"{name} {turn}") for turn in range(5)] + [("DELETE", None)]:
        if method == "DELETE" and random.random() < 0.5:
            return
        told.unsure[key_id] = renamed
        body = None if renamed is None else {"name": renamed}
        async with session.request(method, f"{url}/keys/{key_id}", json=body) as answer:
            assert answer.status == 200
        told.names[key_id] = told.unsure.pop(key_id)
        told.answers += 1


async def _storm(file: Path, told: Told, random: Random) -> None:
    """Change keys from many sides, and kill the emulator after some answers."""
    process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program
        [sys.executable, "-c", SERVER, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        base, organization = process.stdout.readline().split()
        last = told.answers + random.randint(20, 80)

        async def work(session: aiohttp.ClientSession, url: str) -> None:
            while told.answers < last:
                await _change(session, url, told, random)
            process.kill()

        header = {"Authorization": aiohttp.encode_basic_auth("k", "s")}
        async with aiohttp.ClientSession(headers=header) as session:
            url = f"{base}/v1/organizations/{organization}"
            ends = await asyncio.gather(
                *(work(session, url) for _ in range(WORKERS)), return_exceptions=True
            )
    assert [end for end in ends if not isinstance(end, aiohttp.ClientError | None)] == []


def _check_documents(file: Path) -> None:
    """Every document is whole, and whatever is below another is there with it."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT path, key, body FROM documents").fetchall()
    connection.close()
    documents = {(*orjson.loads(path), key): orjson.loads(body) for path, key, body in rows}
    services = {path for path in documents if len(path) == 4 and path[2] == "services"}
    above = {path[:4] for path in documents if len(path) > 4 and path[2] == "services"}
    timers = {tuple(timer["path"])[:4] for path, timer in documents.items() if path[0] == "_timers"}

    assert len(services) == 20
    assert above <= services
    assert {path for path in timers if path[2:3] == ("services",)} <= services
    assert all(len(documents[path]["_history"]) > 0 for path in services)


async def _keys(api: Api) -> dict[str, Any]:
    return {key["id"]: key["name"] for key in (await api("GET", "/keys")).result}


async def test_killed_process_leaves_whole_changes(tmp_path: Path) -> None:
    """Every change that was answered is there after a kill, and no other one by half."""
    file, random, told = tmp_path / "cloud.sqlite", seeded(1), Told()
    for _ in range(KILLS):
        await _storm(file, told, random)
        async with serving(Emulator(state=file, time_scale=0)) as api:
            kept = await _keys(api)
            assert len((await api("GET", "/services")).result) == 20
        _check_documents(file)
        for key_id, name in told.names.items():
            possible = {name, told.unsure.get(key_id, name)}
            assert kept.get(key_id) in possible
            told.names[key_id] = kept.get(key_id)
        told.unsure.clear()

    assert told.answers > KILLS * 20
