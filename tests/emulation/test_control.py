"""Faults that programs in other languages add, by text or over HTTP, to any emulated API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async.apis.api7 import API7Emulator
from clickhouse_cloud_async.emulation.fault_documents import KINDS, parse_fault
from clickhouse_cloud_async.emulation.faults import ErrorResponse, Latency
from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.emulator import BaseEmulator


@pytest.mark.parametrize("kind", [Emulator, API7Emulator])
async def test_endpoint(kind: type[Any]) -> None:
    """Faults are added, read and removed; adding one takes effect at once."""
    emulator: BaseEmulator = kind(time_scale=0)
    async with emulator, aiohttp.ClientSession(emulator.url) as session:
        faults = "/_emulator/faults"

        async def ask(method: str, path: str = faults, json: object = None) -> tuple[int, Any]:
            async with session.request(method, path, json=json) as response:
                return response.status, await response.json() if response.status != 204 else None

        status, added = await ask(
            "POST", json={"kind": "error_response", "status": 418, "count": 1}
        )
        assert (status, added["id"], added["happened"]) == (201, 1, 0)
        await ask("POST", json={"kind": "latency", "seconds": 0.0, "duration": 60})

        async with session.get("/v1/nothing") as response:
            assert response.status in {401, 404}, "what is no operation has no faults"
        assert [added.happened for added in emulator.faults] == [0, 0]
        assert (await ask("GET", f"{faults}/1"))[1] == added
        assert [each["kind"] for each in (await ask("GET"))[1]["faults"]] == [
            "error_response",
            "latency",
        ]
        assert (await ask("DELETE", f"{faults}/1"))[0] == 204
        assert (await ask("GET", f"{faults}/1"))[0] == 404
        assert [added.fault for added in emulator.faults] == [Latency(0.0)]
        assert (await ask("DELETE"))[0] == 204
        assert not emulator.faults
        assert not [request for request in emulator.requests if "_emulator" in request.path]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "kind must be one of latency, "),
        ({"kind": "flood"}, "not 'flood'"),
        ({"kind": "latency", "second": 1}, "latency has no 'second'"),
        ({"kind": "latency", "seconds": "1"}, "seconds must be a number"),
        ({"kind": "latency", "seconds": True}, "seconds must be a number"),
        ({"kind": "error_response", "status": 200}, "'status' must be >= 400"),
        ({"kind": "lost_response", "count": 1.5}, "count must be a whole number"),
        ({"kind": "lost_response", "operation": "nothing"}, "there is no operation nothing"),
        ({"kind": "lost_response", "probability": 2}, "probability must be from 0 to 1"),
        ([], "the body must be a JSON object"),
    ],
)
async def test_wrong_documents(document: object, words: str) -> None:
    """A fault that cannot be is refused with the reason, and none is added."""
    async with (
        Emulator() as emulator,
        aiohttp.ClientSession(emulator.url) as session,
        session.post("/_emulator/faults", json=document) as response,
    ):
        assert response.status == 400
        assert words in (await response.json())["error"]
        assert not emulator.faults


async def test_no_faults_from_web_pages() -> None:
    """A body of a type that pages may send to any host unasked is refused."""
    async with (
        Emulator() as emulator,
        aiohttp.ClientSession(emulator.url) as session,
        session.post("/_emulator/faults", data='{"kind": "lost_response"}') as response,
    ):
        assert response.status == 415
        assert not emulator.faults


def test_text() -> None:
    """A text has the kind in front, and numbers where the kind takes numbers."""
    emulator = Emulator()

    added = emulator.add_fault(
        "error_response,status=503,message=busy now,operation=instanceGet,count=2,probability=0.5"
    )

    assert added.fault == ErrorResponse(503, "busy now")
    assert (added.operation, added.count, added.probability) == ("instanceGet", 2, 0.5)
    assert {kind: parse_fault(kind) for kind in KINDS} == {kind: {"kind": kind} for kind in KINDS}
    for text, words in (
        ("latency,seconds", "'seconds' in the fault"),
        ("latency,seconds=soon", "seconds must be a number, not 'soon'"),
        ("flood,depth=1", "kind must be one of"),
    ):
        with pytest.raises(ValueError, match=words):
            emulator.add_fault(text)
