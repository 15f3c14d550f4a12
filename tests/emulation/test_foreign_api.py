"""The engine serves an API that shares nothing with the one that it was made for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.api import load_api
from clickhouse_cloud_async.core.contract import Contract
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, FailedTransition

from .harbour import KEY, MAX_BODY_BYTES, HarbourEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from clickhouse_cloud_async.emulation.api import EmulatedAPI


class Harbour:
    """Asks an emulator of the harbours."""

    def __init__(self, emulator: HarbourEmulator, session: aiohttp.ClientSession) -> None:
        self.emulator = emulator
        self._session = session

    async def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request; status and JSON of the response."""
        url = f"{self.emulator.url}{path}"
        async with self._session.request(
            method, url, json=body, headers={"Harbour-Key": KEY}
        ) as response:
            return response.status, await response.json(content_type=None)


@pytest.fixture
async def harbour() -> AsyncIterator[Harbour]:
    """A client of an emulator with one harbour, whose time stands still."""
    async with HarbourEmulator(time_scale=0) as emulator, aiohttp.ClientSession() as session:
        harbour = Harbour(emulator, session)
        assert await harbour("PUT", "/harbours/genoa", {"name": "Genoa"}) == (
            200,
            {"name": "Genoa"},
        )
        yield harbour


async def test_states_pass_in_words_of_the_api(harbour: Harbour) -> None:
    """A state machine of another API runs on the same clock, in the property that it names."""
    made = await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"})
    await harbour.emulator.advance(minutes=2)
    assert made == (202, {"name": "Maria", "berth": "arriving"})
    assert await harbour("GET", "/ships/genoa.maria") == (200, {"name": "Maria", "berth": "moored"})


async def test_a_resource_ends_with_its_home_and_not_with_its_path(harbour: Harbour) -> None:
    """Ships lie below their harbour, though no path of theirs leads through it."""
    await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"})
    assert (await harbour("DELETE", "/harbours/genoa"))[0] == 204
    assert (await harbour("GET", "/ships/genoa.maria"))[0] == 404
    assert (await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"}))[0] == 404


async def test_refusals_are_told_as_the_api_tells_them(harbour: Harbour) -> None:
    """Problems of the engine and of the API stand in the API's own form."""
    assert await harbour("PUT", "/ships/genoa.maria", {}) == (400, {"title": "name: is required"})
    assert await harbour("GET", "/nowhere") == (404, {"title": "no such quay"})
    async with aiohttp.request("GET", f"{harbour.emulator.url}/ships/genoa.maria") as response:
        assert (response.status, await response.json(content_type=None)) == (
            403,
            {"title": "no such key"},
        )


async def test_paths_may_lead_through_what_is_not_kept(harbour: Harbour) -> None:
    """A path parameter of which nothing is kept is not looked for, and booleans are no texts."""
    assert await harbour("GET", "/seas/red/tide?high=true") == (200, {"high": True})
    assert await harbour("GET", "/seas/red/tide?high=maybe") == (
        400,
        {"title": "high: must be boolean"},
    )


async def test_an_api_says_how_large_bodies_are_at_most(harbour: Harbour) -> None:
    """One byte more is too many."""
    name = "n" * (MAX_BODY_BYTES - len(json.dumps({"name": ""})))
    assert (await harbour("PUT", "/harbours/pisa", {"name": name}))[0] == 200
    assert await harbour("PUT", "/harbours/pisa", {"name": f"{name}n"}) == (
        413,
        {"title": "the body is larger than 100 bytes"},
    )


async def test_operation_without_a_function_is_named(harbour: Harbour) -> None:
    """What the contract has and nobody answers is 501, and the rest is there."""
    await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"})
    assert await harbour("POST", "/ships/genoa.maria/paint") == (
        501,
        {"title": "the emulator does not implement ship_paint"},
    )
    assert harbour.emulator.requests[-1].operation_id == "ship_paint"


async def test_faults_know_the_operations_and_kinds_of_the_api(harbour: Harbour) -> None:
    """A transition without a kind means the API's own main kind."""
    harbour.emulator.faults.add(FailedTransition("aground"), count=1)
    harbour.emulator.faults.add(ErrorResponse(503, "fog"), operation="harbour_build")
    await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"})
    await harbour.emulator.advance(minutes=2)
    assert (await harbour("GET", "/ships/genoa.maria"))[1]["berth"] == "aground"
    assert await harbour("PUT", "/harbours/pisa", {"name": "Pisa"}) == (503, {"title": "fog"})
    with pytest.raises(ValueError, match="no kind 'service'; the kinds are ship"):
        harbour.emulator.faults.add(FailedTransition(kind="service"))
    with pytest.raises(ValueError, match="no operation instanceGet"):
        harbour.emulator.faults.add(ErrorResponse(), operation="instanceGet")


async def test_two_apis_are_emulated_beside_each_other(harbour: Harbour) -> None:
    """Neither knows the functions, documents or kinds of the other."""
    async with Emulator(2, time_scale=0) as emulator:
        header = {"Authorization": aiohttp.encode_basic_auth(emulator.api_key, emulator.api_secret)}
        async with aiohttp.request(
            "GET", f"{emulator.url}/v1/organizations", headers=header
        ) as response:
            assert response.status == 200
        async with aiohttp.request(
            "GET", f"{emulator.url}/harbours/genoa", headers=header
        ) as wrong:
            assert wrong.status == 404
    assert (await harbour("GET", "/v1/organizations"))[0] == 404
    assert len(harbour.emulator.requests) == 2


async def test_state_files_and_snapshots_hold_any_api(tmp_path: Path) -> None:
    """Documents and timers go on where they ended; the file is not that of another API."""
    file = tmp_path / "state.sqlite"
    for name in ("arriving", "moored"):
        async with (
            HarbourEmulator(time_scale=0, state=file) as emulator,
            aiohttp.ClientSession() as session,
        ):
            harbour = Harbour(emulator, session)
            if name == "arriving":
                await harbour("PUT", "/harbours/genoa", {"name": "Genoa"})
                await harbour("PUT", "/ships/genoa.maria", {"name": "Maria"})
            before = emulator.snapshot()
            if name == "moored":
                await emulator.advance(minutes=2)
            assert (await harbour("GET", "/ships/genoa.maria"))[1]["berth"] == name
            emulator.restore(before)
            assert (await harbour("GET", "/ships/genoa.maria"))[1]["berth"] == "arriving"
    with pytest.raises(ValueError, match=r"state\.sqlite is damaged"):
        Emulator(state=file)


class NewerEmulator(Emulator):
    """An emulator whose contract has an operation that nothing answers yet."""

    def _load_api(self) -> EmulatedAPI:
        api = load_api()
        facts = dict(api.contract.facts)
        path = "/v1/organizations/{organizationId}/services/{serviceId}/freeze"
        frozen = dict(facts["operations"]["instanceStateUpdate"], path=path, method="POST")
        facts["operations"] = {**facts["operations"], "instanceFreeze": frozen}
        return attrs.evolve(api, contract=Contract(facts))


async def test_emulator_starts_with_a_newer_contract() -> None:
    """The new operation is refused by name; everything else is answered."""
    async with NewerEmulator([{"state": "running"}], time_scale=0) as emulator:
        header = {"Authorization": aiohttp.encode_basic_auth(emulator.api_key, emulator.api_secret)}
        services = f"{emulator.url}/v1/organizations/{emulator.organization_id}/services"
        async with aiohttp.ClientSession(headers=header) as session:
            async with session.get(services) as response:
                (service,) = (await response.json())["result"]
            async with session.post(f"{services}/{service['id']}/freeze", json={}) as response:
                assert response.status == 501
                error = (await response.json())["error"]
    assert error == "the emulator does not implement instanceFreeze"
