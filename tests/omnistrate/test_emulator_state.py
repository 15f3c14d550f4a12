"""Initial content, saved state and snapshots of Omnistrate's emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from clickhouse_cloud_async.apis.omnistrate.emulator.api import load_api
from clickhouse_cloud_async.apis.omnistrate.emulator.population import EXAMPLE

from .direct import Direct
from .requests import CONTRACT, address_of

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate

DB: dict[str, Any] = {"name": "DB", "plans": ["Free", "Pro"], "instances": 3}


def test_no_operation_is_without_a_handler() -> None:
    """The emulator answers what the contract has, and nothing else."""
    assert load_api().registry.handlers.keys() == CONTRACT.operations.keys()


async def test_emulator_goes_on_where_a_state_file_ended(tmp_path: Path) -> None:
    """Everything is there again, and a state that was passing goes on."""
    file = tmp_path / "state.sqlite"
    first = Direct(DB, state=file)
    instances = first("listAllResourceInstances")[1]["resourceInstances"]
    async with first.emulator as emulator:
        emulator.set_subscription_status(instances[0]["subscriptionId"], "SUSPENDED")
        documents = _documents(first)
    second = Direct(state=file)
    assert second.emulator.token == emulator.token
    assert second.emulator.password == emulator.password
    assert _documents(second) == documents
    assert _states(second) == {"STOPPING"}
    second.emulator.advance(200)
    assert _states(second) == {"STOPPED"}


def _documents(ask: Direct) -> dict[Any, bytes]:
    return {key: body for key, body in ask.emulator._world.dump() if key[0][0] != "_emulator"}


def _states(ask: Direct) -> set[str]:
    _, listed = ask("listAllResourceInstances")
    return {each["status"] for each in listed["resourceInstances"]}


def test_services_count_only_where_nothing_is_kept(tmp_path: Path) -> None:
    """An emulator that is started again with the same description and file is as it was."""
    file, state = tmp_path / "services.json", tmp_path / "state.sqlite"
    file.write_text(json.dumps([DB]), encoding="utf-8")
    for _ in range(2):
        with OmnistrateEmulator(file, time_scale=0, state=state):
            pass
    assert len(Direct(state=state)("listService")[1]["ids"]) == 1


def test_snapshots_bring_everything_back() -> None:
    """What was created after a snapshot is gone when it is restored."""
    ask = Direct()
    before = ask.emulator.snapshot()
    ask("createService", {"name": "n", "description": "d"})
    ask.emulator.restore(before)
    assert ask("listService")[1]["ids"] == []


def test_the_same_seed_gives_the_same_world() -> None:
    """Ids and credentials depend on the seed alone."""
    worlds = [Direct(DB, seed=seed).emulator for seed in (1, 1, 2)]
    first, again, other = (dict(each._world.dump()) for each in worlds)
    assert first == again
    assert worlds[0].password == worlds[1].password != worlds[2].password
    assert first != other


def test_a_description_says_what_there_is(tmp_path: Path) -> None:
    """It comes as objects or from a file, and what it cannot have is named with its place."""
    file = tmp_path / "services.json"
    file.write_text(json.dumps({"services": EXAMPLE}), encoding="utf-8")
    ask = Direct()
    ask.emulator.add_services(file)
    _, listed = ask("listAllResourceInstances")
    states = [each["status"] for each in listed["resourceInstances"]]
    assert states == ["RUNNING", "RUNNING", "STOPPED"]
    for services, message in (
        ([{"name": ""}], r"services\[0\]\.name: must have at least 1"),
        ([{"name": "n", "plan": []}], r"services\[0\]\.plan: is not known here"),
        ([{"name": "n", "instances": -1}], r"services\[0\]\.instances: must be at least 0"),
        (
            [{"name": "n", "instances": [{"state": "UP"}]}],
            r"instances\[0\]\.state: must be one of RUNNING",
        ),
        ([{"name": "n", "instances": [{"plan": "x"}]}], "there is no plan 'x'"),
        (
            [{"name": "n", "plans": [{"name": "p", "cloud": "moon"}]}],
            r"plans\[0\]\.cloud: must be one of aws",
        ),
        ([{"name": "n", "instances": [{"region": "moon"}]}], "region must be one of us-east-1"),
        ({"service": []}, "service is not known"),
    ):
        with pytest.raises(ValueError, match=message):
            ask.emulator.add_services(services)
    assert len(ask("listService")[1]["ids"]) == 1  # nothing is added half


def test_the_emulator_forgets_what_is_long_past() -> None:
    """Events, ended tokens and what instances go through take no memory without end."""
    ask = Direct({"name": "DB", "plans": ["Pro"], "instances": 1})
    (service,) = ask("listServiceOffering")[1]["services"]
    (plan,) = service["offerings"]
    (instance,) = ask("listAllResourceInstances")[1]["resourceInstances"]
    known = address_of(service, plan, "cluster") | {"id": instance["id"]}
    account = {"email": ask.emulator.email, "password": ask.emulator.password}

    def restart() -> int:
        ask("signIn", account)
        assert ask("restartResourceInstance", **known)[0] == 202
        ask.emulator.advance(days=31)
        events = len(ask.emulator._world.store.collection(("events",)))
        return sum(len(body) for _, body in ask.emulator._world.dump()) - 600 * events

    sizes = [restart() for _ in range(150)]
    assert max(sizes) < sizes[120] + 30_000


async def test_status_page_shows_services_and_instances() -> None:
    """It is there without credentials, and shows no secret."""
    async with (
        OmnistrateEmulator([DB], time_scale=0) as emulator,
        aiohttp.ClientSession() as session,
        session.get(f"{emulator.url}/", params={"q": "DB"}) as response,
    ):
        text = await response.text()
    assert response.status == 200
    assert text.count("RUNNING") == 3
    assert "1.0 (Preferred)" in text
    assert emulator.token not in text
    assert emulator.password not in text


def test_sync_client_speaks_to_the_emulator(
    omnistrate_emulator: OmnistrateEmulator, omnistrate: Omnistrate
) -> None:
    """The client of a test sees the services of the test's emulator."""
    omnistrate_emulator.add_services([DB])
    assert [service.name for service in omnistrate.services.list()] == ["DB"]


async def test_async_client_speaks_to_the_emulator(
    omnistrate_emulator: OmnistrateEmulator, async_omnistrate: AsyncOmnistrate
) -> None:
    """The async client of a test does, too."""
    user = await async_omnistrate.users.current()
    assert user.email == omnistrate_emulator.email
