"""Functions: uploads, versions, attachments, and their deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.udfs.attachments import LIMIT
from clickhouse_cloud_async.emulation.faults import FailedTransition

from .archives import archive, put_archive, send_archive

if TYPE_CHECKING:
    from .client import Api

FUNCTION = {
    "runtime": "python3.11",
    "arguments": [{"name": "x", "type": "UInt64"}],
    "returnType": "UInt64",
    "type": "executable",
}


async def _create(api: Api, name: str = "f", **body: object) -> Any:
    uploaded = {"functionName": name, "uploadId": await send_archive(api)}
    return (await api("POST", "/udfs", FUNCTION | uploaded | body)).result


async def _add_version(api: Api, **body: object) -> Any:
    body = FUNCTION | {"uploadId": await send_archive(api)} | body
    return (await api("POST", "/udfs/f/versions", body)).result


async def _attachment(api: Api, state: str = "running") -> str:
    return f"/udfs/f/attachments/{(await api.service(state))['id']}"


async def _deploy(api: Api) -> str:
    """A ready function that is attached to the running service; the attachment's path."""
    await _create(api)
    await api.emulator.advance(minutes=5)
    place = await _attachment(api)
    await api("PUT", place, {})
    await api.emulator.advance(minutes=5)
    return place


async def test_an_url_takes_one_archive(api: Api) -> None:
    """The URL itself allows an upload, of a zip file, once."""
    url = (await api("POST", "/udfUploads/url")).result["uploadUrl"]
    results = [
        await put_archive(api, url[:-1], archive()),
        await put_archive(api, url.replace("/uploads/", "/uploads/x/"), archive()),
        await put_archive(api, url, archive(), "text/plain"),
        await put_archive(api, url, b"x" * (1024 * 1024 + 1)),
        await put_archive(api, url, archive()),
        await put_archive(api, url, archive()),
    ]

    assert [status for status, _ in results] == [403, 403, 415, 413, 200, 409]


async def test_an_url_lasts_for_a_while(api: Api) -> None:
    """After the moment that the session names, its URL takes nothing."""
    session = (await api("POST", "/udfUploads/url")).result
    await api.emulator.advance(minutes=15)
    status, text = await put_archive(api, session["uploadUrl"], archive())

    assert session["expiresAt"].startswith("2026-01-05T09:15:00")
    assert status == 403
    assert "no longer" in text


async def test_an_archive_is_used_once_and_in_time(api: Api) -> None:
    """An archive that never came, was used or was kept for too long is gone."""
    pending = (await api("POST", "/udfUploads/url")).result["uploadId"]
    used, old = await send_archive(api), await send_archive(api)
    await api("POST", "/udfs", FUNCTION | {"functionName": "f", "uploadId": used})
    statuses = [
        (await api("POST", path, FUNCTION | {"uploadId": upload} | names)).status
        for upload in (pending, used)
        for path, names in (("/udfs", {"functionName": "g"}), ("/udfs/f/versions", {}))
    ]
    await api.emulator.advance(hours=24)
    late = await api("POST", "/udfs", FUNCTION | {"functionName": "g", "uploadId": old})

    assert statuses == [410] * 4
    assert late.status == 410
    assert old in late.error


async def test_a_taken_name_leaves_the_archive(api: Api) -> None:
    """A refused function uses nothing up."""
    await _create(api, "f")
    body = FUNCTION | {"uploadId": await send_archive(api)}
    taken = await api("POST", "/udfs", body | {"functionName": "f"})

    assert (taken.status, taken.error) == (409, "there is a function f already")
    assert (await api("POST", "/udfs", body | {"functionName": "g"})).status == 201


@pytest.mark.parametrize(
    ("content", "state", "error"),
    [(archive(), "ready", None), (b"no zip", "error", "the archive is no zip file")],
)
async def test_versions_are_built(api: Api, content: bytes, state: str, error: str | None) -> None:
    """A version is built in time, and becomes an error where its archive is not one."""
    upload = await send_archive(api, content)
    body = FUNCTION | {"functionName": "f", "uploadId": upload}
    created = (await api("POST", "/udfs", body)).result
    await api.emulator.advance(minutes=2)
    built = (await api("GET", "/udfs/f")).result

    assert (created["status"], created["error"]) == ("building", None)
    assert (built["status"], built["error"]) == (state, error)
    assert built["createdAt"] == created["createdAt"] < built["updatedAt"]


async def test_a_build_can_fail(api: Api) -> None:
    """A fault lets a build fail, and what failed cannot be attached."""
    api.emulator.faults.add(FailedTransition("error", kind="udf"))
    await _create(api)
    await api.emulator.advance(minutes=5)
    failed = (await api("GET", "/udfs/f")).result

    assert (failed["status"], failed["error"]) == ("error", "the build failed")
    assert (await api("PUT", await _attachment(api), {})).status == 409


async def test_a_deployment_can_fail_on_one_service(api: Api) -> None:
    """A fault lets a deployment fail on the service that it names, and on no other."""
    await _create(api)
    await api.emulator.advance(minutes=5)
    path = await _attachment(api)
    states: list[str] = []
    for name in ("stopped", "running"):
        fault = api.emulator.faults.add(
            FailedTransition("error", kind="udf_attachment"), resource=name
        )
        await api("PUT", path, {})
        await api.emulator.advance(minutes=2)
        states.append((await api("GET", path)).result["status"])
        api.emulator.faults.remove(fault)

    assert states == ["deployed", "error"]


async def test_functions_and_their_versions(api: Api) -> None:
    """Versions count up, take nothing over from the one before, and the latest is the function."""
    first = await _create(api, format="JSONEachRow")
    second = await _add_version(api, returnType="String")

    assert (second["functionName"], second["version"], second["returnType"]) == ("f", 2, "String")
    assert (first["format"], second["format"]) == ("JSONEachRow", "TabSeparated")
    assert second == (await api("GET", "/udfs/f")).result
    assert [second] == (await api("GET", "/udfs")).result["items"]
    assert [first, second] == (await api("GET", "/udfs/f/versions")).result["items"]


async def test_defaults_of_a_function(api: Api) -> None:
    """What a request leaves out has the default of its own kind of function."""
    plain = await _create(api, "f")
    pooled = await _create(api, "g", type="executable_pool")

    common = {
        "commandReadTimeout": 10000,
        "commandWriteTimeout": 10000,
        "maxCommandExecutionTime": 10,
        "format": "TabSeparated",
        "sandboxType": "basic",
        "sandboxVersion": "v2",
        "sendChunkHeader": False,
        "deterministic": False,
        "returnName": None,
        "memoryLimitMib": None,
    }
    assert common.items() <= plain.items()
    assert common.items() <= pooled.items()
    assert (plain["poolSize"], pooled["poolSize"]) == (None, 3)


async def test_functions_are_a_feature(api: Api) -> None:
    """An organisation whose plan has no functions can make no more; those that are there stay."""
    await _create(api)
    api.emulator.seed({"plan": "BASIC"})
    body = FUNCTION | {"uploadId": await send_archive(api)}
    refused = [
        await api("POST", "/udfs", body | {"functionName": "g"}),
        await api("POST", "/udfs/f/versions", body),
    ]

    assert [answer.status for answer in refused] == [403, 403]
    assert (await api("GET", "/udfs/f")).result["version"] == 1


async def test_a_refusal_tells_the_place(api: Api) -> None:
    """What does not fit the schema is named once in words and once as a path."""
    body = FUNCTION | {"uploadId": await send_archive(api), "functionName": "f"}
    refused = await api("POST", "/udfs", body | {"arguments": [{"name": "x"}]})

    assert (refused.status, refused.error) == (400, "arguments[0].type: is required")
    issue = {"path": ["arguments", 0, "type"], "code": "invalid", "message": "is required"}
    assert refused.json["issues"] == [issue]


async def test_functions_are_paged_by_cursor(api: Api) -> None:
    """Pages of functions carry the paging's state inside the result."""
    for name in ("a", "b", "c"):
        await _create(api, name)
    first = (await api("GET", "/udfs", query=[("limit", "2")])).result
    cursor = first["pagination"]["nextCursor"]
    second = (await api("GET", "/udfs", query=[("limit", "2"), ("cursor", cursor)])).result

    names = [[item["functionName"] for item in page["items"]] for page in (first, second)]
    assert names == [["a", "b"], ["c"]]
    paging = {"totalRecords": 3, "limit": 2}
    assert first["pagination"] == {"currentCursor": None, "nextCursor": cursor, **paging}
    assert second["pagination"] == {"currentCursor": cursor, "nextCursor": None, **paging}


async def test_which_versions_can_be_deleted(api: Api) -> None:
    """A version cannot be deleted while it is the latest, attached or being built."""
    place = await _deploy(api)
    await _add_version(api)
    await _add_version(api)
    statuses = [(await api("DELETE", f"/udfs/f/versions/{n}")).status for n in (1, 2, 3, 9)]
    await api.emulator.advance(minutes=5)
    await api("PUT", place, {})
    later = [(await api("DELETE", f"/udfs/f/versions/{n}")).status for n in (1, 2, 3)]

    assert statuses == [409, 409, 409, 404]
    assert later == [200, 200, 409]


async def test_the_newest_ready_version_is_attached(api: Api) -> None:
    """Without a version the newest that is ready is attached, in place of another."""
    place = await _deploy(api)
    await _add_version(api)
    old = (await api("PUT", place, {})).result
    await api.emulator.advance(minutes=5)
    new = (await api("PUT", place, {})).result
    await api.emulator.advance(minutes=5)

    assert (old["version"], new["version"], new["status"]) == (1, 2, "provisioning")
    listed = (await api("GET", "/udfs/f/attachments")).result["items"]
    assert listed == [new | {"status": "deployed"}]


async def test_what_can_not_be_attached(api: Api) -> None:
    """A version has to be there and ready, the function and the service have to be there."""
    place = await _attachment(api)
    statuses = [(await api("PUT", place, {})).status]
    await _create(api)
    nowhere = "/udfs/f/attachments/00000000-0000-0000-0000-000000000000"
    for path, body in (
        (place, {}),
        (place, {"version": 1}),
        (place, {"version": 2}),
        (nowhere, {}),
    ):
        statuses.append((await api("PUT", path, body)).status)

    assert statuses == [404, 409, 409, 404, 400]


@pytest.mark.parametrize(
    ("state", "code", "can_wake"),
    [
        ("idle", "SERVICE_IDLE", True),
        ("stopped", "SERVICE_STOPPED", False),
        ("provisioning", "SERVICE_NOT_RUNNING", False),
    ],
)
async def test_services_that_do_not_run(api: Api, state: str, code: str, can_wake: bool) -> None:  # noqa: FBT001 - a column of the table
    """The refusal says which state the service is in and whether it can be woken."""
    await _create(api)
    await api.emulator.advance(minutes=5)
    await api.create_service()
    refused = await api("PUT", await _attachment(api, state), {})

    assert refused.status == 424
    assert refused.error.endswith(f"Current state: {state}")
    told = {name: refused.json[name] for name in ("code", "serviceState", "canWake")}
    assert told == {"code": code, "serviceState": state, "canWake": can_wake}


async def test_a_service_takes_so_many_functions(api: Api) -> None:
    """Beyond the limit a function is refused, and others may still be replaced."""
    service = (await api.service())["id"]
    for index in range(LIMIT + 1):
        await _create(api, f"f{index}")
    await api.emulator.advance(minutes=2)
    statuses = [
        (await api("PUT", f"/udfs/f{index}/attachments/{service}", {})).status
        for index in range(LIMIT + 1)
    ]
    await api.emulator.advance(minutes=2)
    again = await api("PUT", f"/udfs/f0/attachments/{service}", {})

    assert statuses == [200] * LIMIT + [422]
    assert again.status == 200


async def test_an_attachment_on_its_way_is_left_alone(api: Api) -> None:
    """What is being deployed or dropped can be neither replaced nor detached."""
    place = await _deploy(api)
    await api("PUT", place, {})
    deploying = [(await api(verb, place, body)).status for verb, body in _CHANGES]
    await api.emulator.advance(minutes=5)
    detached = await api("DELETE", place)
    dropping = [(await api(verb, place, body)).status for verb, body in _CHANGES]
    leaving = (await api("GET", place)).result["status"]
    await api.emulator.advance(minutes=5)
    gone = [(await api(verb, place)).status for verb in ("GET", "DELETE")]

    assert deploying == dropping == [409, 409]
    assert (detached.status, leaving) == (200, "deprovisioning")
    assert gone == [404, 404]


_CHANGES: list[tuple[str, dict[str, object] | None]] = [("PUT", {}), ("DELETE", None)]


async def test_attachments_rest_with_their_service(api: Api) -> None:
    """A function stands by while its service is stopped, runs after, and ends with it."""
    place = await _deploy(api)
    service = f"/services/{place.rpartition('/')[2]}"
    seen: list[str] = []
    for command in ("stop", "start", "stop"):
        await api("PATCH", f"{service}/state", {"command": command})
        await api.emulator.advance(minutes=5)
        seen.append((await api("GET", place)).result["status"])
    await api("DELETE", service)
    await api.emulator.advance(minutes=5)

    assert seen == ["standby", "deployed", "standby"]
    assert (await api("GET", place)).status == 404
    assert (await api("GET", "/udfs/f/attachments")).result["items"] == []


async def test_deleting_a_function(api: Api) -> None:
    """A function goes at once, and its services drop it in the background."""
    place = await _deploy(api)
    await _add_version(api)
    building = await api("DELETE", "/udfs/f")
    await api.emulator.advance(minutes=5)
    deleted = await api("DELETE", "/udfs/f")
    hidden = [(await api("GET", f"/udfs/f{rest}")).status for rest in ("", "/versions")]
    leaving = (await api("GET", place)).result["status"]
    listed = (await api("GET", "/udfs")).result["items"]
    await api.emulator.advance(minutes=5)

    assert (building.status, deleted.status) == (409, 200)
    assert (hidden, leaving, listed) == ([404, 404], "deprovisioning", [])
    assert (await api("GET", place)).status == 404
    assert (await _create(api))["version"] == 1


async def test_a_function_goes_with_the_service_that_drops_it(api: Api) -> None:
    """A service that ends while it drops a deleted function leaves nothing of it."""
    place = await _deploy(api)
    service = f"/services/{place.rpartition('/')[2]}"
    await api("PATCH", f"{service}/state", {"command": "stop"})
    await api.emulator.advance(minutes=5)
    await api("DELETE", service)
    await api.emulator.advance(seconds=20)
    await api("DELETE", "/udfs/f")
    await api.emulator.advance(minutes=5)

    assert (await _create(api))["version"] == 1


async def test_changes_are_noted(api: Api) -> None:
    """Each change of a function is an activity; an attachment names its service."""
    place = await _deploy(api)
    await _add_version(api)
    await api.emulator.advance(minutes=5)
    await api("DELETE", place)
    await api("DELETE", "/udfs/f/versions/1")
    await api.emulator.advance(minutes=5)
    await api("DELETE", "/udfs/f/versions/1")
    await api("DELETE", "/udfs/f")
    noted = [a for a in (await api("GET", "/activities")).result if a["type"].startswith("udf_")]

    kinds = ["create", "attach", "version_create", "detach", "version_delete", "delete"]
    assert {activity["type"] for activity in noted} == {f"udf_{kind}" for kind in kinds}
    attached = next(activity for activity in noted if activity["type"] == "udf_attach")
    assert attached["serviceId"] == place.rpartition("/")[2]
