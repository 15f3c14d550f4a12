"""User-defined functions: archives, versions, attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.archives import send_archive

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api

_OPTIONS: dict[str, object] = {
    "runtime": "python3.11",
    "arguments": [{"name": "text", "type": "String"}],
    "returnType": "String",
    "returnName": "reversed",
    "commandReadTimeout": 5000,
    "commandWriteTimeout": 5000,
    "sendChunkHeader": True,
    "format": "JSONEachRow",
    "sandboxType": "netenable",
    "sandboxVersion": "v3",
    "type": "executable_pool",
    "poolSize": 4,
    "maxCommandExecutionTime": 20,
    "memoryLimitMib": 512,
    "deterministic": True,
}


async def walk(api: Api) -> None:
    """Ask for every operation on functions."""
    body = _OPTIONS | {"functionName": "reverse", "uploadId": await send_archive(api)}
    created = (await api("POST", "/udfs", body)).result
    assert (created["version"], created["status"]) == (1, "building")
    await api.emulator.advance(minutes=5)
    assert (await api("GET", "/udfs/reverse")).result["status"] == "ready"

    place = f"/udfs/reverse/attachments/{RUNNING.rpartition('/')[2]}"
    assert (await api("PUT", place, {"version": 1})).result["status"] == "provisioning"
    await api.emulator.advance(minutes=5)
    assert (await api("GET", place)).result["status"] == "deployed"
    listed = (await api("GET", "/udfs/reverse/attachments")).result["items"]
    assert [attachment["version"] for attachment in listed] == [1]

    body = _OPTIONS | {"uploadId": await send_archive(api)}
    assert (await api("POST", "/udfs/reverse/versions", body)).result["version"] == 2
    await api.emulator.advance(minutes=5)
    assert (await api("PUT", place, {})).result["version"] == 2
    assert (await api("DELETE", "/udfs/reverse/versions/1")).status == 200
    versions = (await api("GET", "/udfs/reverse/versions")).result["items"]
    assert [version["version"] for version in versions] == [2]

    await api.emulator.advance(minutes=5)
    assert (await api("DELETE", place)).status == 200
    await api.emulator.advance(minutes=5)
    assert (await api("DELETE", "/udfs/reverse")).status == 200
    assert (await api("GET", "/udfs")).result["items"] == []
