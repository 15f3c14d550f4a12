"""The stored objects of everything that is not a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from .client import Answer, Api

pytestmark = pytest.mark.anyio

FUNCTION = {
    "uploadId": "1e0e8c1e-0000-4000-8000-000000000000",
    "runtime": "python3.11",
    "arguments": [{"name": "x", "type": "UInt64"}],
    "returnType": "UInt64",
    "type": "executable",
}


async def _service(api: Api) -> str:
    service_id = (await api("GET", "/services")).result[0]["id"]
    return f"/services/{service_id}"


async def test_create_change_replace_delete(api: Api) -> None:
    """An object is listed from its creation to its deletion, as it was last written."""
    path = f"{await _service(api)}/clickstack/saved-searches"
    body = {"name": "errors", "sourceId": "s", "select": "*", "where": "level = 'error'"}
    created = (await api("POST", path, body)).result
    assert body.items() <= created.items()
    assert [created] == (await api("GET", path)).result

    replacement = body | {"name": "warnings"}
    replaced = (await api("PUT", f"{path}/{created['id']}", replacement)).result
    assert replacement.items() <= replaced.items()
    assert created["id"] == replaced["id"]
    assert replaced == (await api("GET", f"{path}/{created['id']}")).result

    assert (await api("DELETE", f"{path}/{created['id']}")).status == 200
    assert (await api("GET", path)).result == []
    assert (await api("GET", f"{path}/{created['id']}")).status == 404


async def test_patch_leaves_the_rest(api: Api) -> None:
    """A patch changes what it names, deep inside too, and null takes away."""
    pipe = {
        "name": "pipe",
        "source": {"kafka": {"type": "kafka", "format": "JSONEachRow", "brokers": "b:9092"}},
        "destination": {"database": "default", "table": "t"},
    }
    path = f"{await _service(api)}/clickpipes"
    created = (await api("POST", path, pipe)).result
    patch = {"source": {"kafka": {"iamRole": "arn"}}}
    changed = (await api("PATCH", f"{path}/{created['id']}", patch)).result

    assert pipe["source"]["kafka"].items() <= changed["source"]["kafka"].items()  # type: ignore[index] # a literal
    assert changed["source"]["kafka"]["iamRole"] == "arn"
    assert (created["name"], created["destination"]) == (changed["name"], changed["destination"])


async def test_null_leaves_what_can_not_be_null(api: Api) -> None:
    """Null for a part that an object can not be without changes nothing."""
    path = f"{await _service(api)}/clickpipes"
    body = {"name": "p", "destination": {"database": "default"}}
    pipe = (await api("POST", path, body)).result
    changed = (await api("PATCH", f"{path}/{pipe['id']}", {"destination": None})).result

    assert changed == pipe


async def test_scaling_of_a_pipe(api: Api) -> None:
    """A patch below an item changes the item's property of that name."""
    path = f"{await _service(api)}/clickpipes"
    pipe = (await api("POST", path, {"name": "p", "scaling": {"replicas": 1}})).result
    scaled = (await api("PATCH", f"{path}/{pipe['id']}/scaling", {"replicas": 3})).result

    assert (pipe["scaling"]["replicas"], scaled["scaling"]["replicas"]) == (1, 3)
    assert scaled == (await api("GET", f"{path}/{pipe['id']}")).result


async def test_state_of_a_pipe(api: Api) -> None:
    """A pipe can be created paused, started, stopped, but not started twice."""
    path = f"{await _service(api)}/clickpipes"
    pipe = (await api("POST", path, {"name": "p", "startPaused": True})).result
    states = [pipe["state"]]
    for command in ("start", "stop", "resync"):
        answer = await api("PATCH", f"{path}/{pipe['id']}/state", {"command": command})
        states.append(answer.result["state"])
    refused = await api("PATCH", f"{path}/{pipe['id']}/state", {"command": "start"})

    assert states == ["Stopped", "Running", "Stopped", "Running"]
    assert (refused.status, refused.error.endswith("Current state: Running")) == (400, True)


@pytest.mark.parametrize("name", ["members", "quotas", "roles"])
async def test_listed_things_can_be_got(api: Api, name: str) -> None:
    """Whatever a read-only list names can be asked for one by one."""
    listed = (await api("GET", f"/{name}")).result
    ids = [item.get("userId") or item.get("quotaCode") or item["id"] for item in listed]

    assert len(listed) >= 2
    assert listed == [(await api("GET", f"/{name}/{item}")).result for item in ids]


async def _pages(api: Api, path: str, limit: int) -> list[Answer]:
    pages: list[Answer] = []
    cursor: str | None = ""
    while cursor is not None:
        query = [("limit", str(limit))] + ([("cursor", cursor)] if cursor else [])
        pages.append(await api("GET", path, query=query))
        envelope = pages[-1].json
        cursor = envelope.get("nextCursor", None)
        if "nextCursor" not in envelope:
            cursor = envelope["result"]["pagination"]["nextCursor"]
    return pages


async def test_functions_are_paged_by_cursor(api: Api) -> None:
    """Pages of functions carry the paging's state inside the result."""
    for name in ("a", "b", "c"):
        assert (await api("POST", "/udfs", FUNCTION | {"functionName": name})).status == 201
    pages = await _pages(api, "/udfs", 2)

    assert [[f["functionName"] for f in p.result["items"]] for p in pages] == [["a", "b"], ["c"]]
    first, second = [page.result["pagination"] for page in pages]
    assert (first["totalRecords"], first["currentCursor"], first["limit"]) == (3, None, 2)
    assert (first["nextCursor"], None) == (second["currentCursor"], second["nextCursor"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "0"}, "limit: must be at least 1"),
        ({"limit": "251"}, "limit: must be at most 250"),
        ({"limit": "many"}, "limit: must be integer"),
        ({"cursor": "zzz"}, "cursor: was not given by this API"),
        ({"cursor": "YWZ0ZXI6LTE="}, "cursor: was not given by this API"),
    ],
)
async def test_bad_paging(api: Api, query: dict[str, str], message: str) -> None:
    """Limits out of bounds and invented cursors are refused."""
    answer = await api("GET", "/keys", query=list(query.items()))

    assert (400, message) == (answer.status, answer.error)


async def test_negative_offset(api: Api) -> None:
    """A list begins at its beginning or later."""
    path = f"{await _service(api)}/clickstack/alerts"
    answer = await api("GET", path, query=[("offset", "-1")])

    assert (answer.status, answer.error) == (400, "offset: must be at least 0")


async def test_commands_are_required(api: Api) -> None:
    """A change of state without a command is refused."""
    path = await _service(api)
    pipe = (await api("POST", f"{path}/clickpipes", {"name": "p"})).result
    for place in (path, f"{path}/clickpipes/{pipe['id']}"):
        answer = await api("PATCH", f"{place}/state", {})
        assert (answer.status, answer.error) == (400, "command: is required")


async def test_functions_and_their_versions(api: Api) -> None:
    """Versions count up, the latest is the function, and it can not be deleted."""
    await api("POST", "/udfs", FUNCTION | {"functionName": "f"})
    taken = await api("POST", "/udfs", FUNCTION | {"functionName": "f"})
    second = (await api("POST", "/udfs/f/versions", FUNCTION | {"returnType": "String"})).result

    assert taken.status == 409
    assert (second["functionName"], second["version"], second["returnType"]) == ("f", 2, "String")
    assert second == (await api("GET", "/udfs/f")).result
    listed = (await api("GET", "/udfs/f/versions")).result["items"]
    assert [version["version"] for version in listed] == [1, 2]
    assert (await api("DELETE", "/udfs/f/versions/2")).status == 409
    assert (await api("DELETE", "/udfs/f/versions/1")).status == 200


async def test_defaults_of_a_function(api: Api) -> None:
    """What a request leaves out has the default of its own kind of function."""
    plain = (await api("POST", "/udfs", FUNCTION | {"functionName": "f"})).result
    body = FUNCTION | {"functionName": "g", "type": "executable_pool"}
    pooled = (await api("POST", "/udfs", body)).result

    assert {"poolSize": None, "format": "TabSeparated", "sandboxVersion": "v2"}.items() <= (
        plain.items()
    )
    assert (pooled["poolSize"], pooled["maxCommandExecutionTime"]) == (3, 10)


async def test_functions_are_attached_to_services(api: Api) -> None:
    """An attachment holds one version, is replaced by another, and ends by detaching."""
    service_id = (await _service(api)).rpartition("/")[2]
    path = f"/udfs/f/attachments/{service_id}"
    await api("POST", "/udfs", FUNCTION | {"functionName": "f"})
    await api("POST", "/udfs/f/versions", FUNCTION)
    versions = [(await api("PUT", path, body)).result["version"] for body in ({"version": 1}, {})]
    missing = await api("PUT", path, {"version": 9})

    assert versions == [1, 2]
    assert missing.status == 404
    assert [(await api(verb, path)).status for verb in ("DELETE", "GET")] == [200, 404]


async def test_dashboard_validation_stores_nothing(api: Api) -> None:
    """A dashboard is checked as at its creation, without being created."""
    path = f"{await _service(api)}/clickstack/dashboards"
    right = (await api("POST", f"{path}/validate", {"name": "d", "tiles": []})).result
    wrong = await api("POST", f"{path}/validate", {"name": 1, "tiles": []})

    assert right["valid"]
    assert wrong.status == 400
    assert (await api("GET", path)).result == []


async def test_unions_keep_their_kind(api: Api) -> None:
    """What is created from one variant of a union is shown as that variant."""
    path = f"{await _service(api)}/clickstack/webhooks"
    kinds = ("generic", "slack", "incidentio")
    for kind in kinds:
        body = {"name": kind, "service": kind, "url": "https://example.com/", "body": "{}"}
        await api("POST", path, body)
    listed = (await api("GET", path)).result

    assert list(kinds) == [webhook["service"] for webhook in listed]
    assert ["body" in webhook for webhook in listed] == [True, False, False]


async def test_answers_do_not_depend_on_the_order_of_looking() -> None:
    """What is there from the start is the same, whatever was looked at before."""
    answers: list[tuple[str, str]] = []
    for order in (("/members", "/roles"), ("/roles", "/members")):
        async with serving(Emulator(time_scale=0)) as api:
            texts = {path: str((await api("GET", path)).result) for path in order}
            answers.append((texts["/members"], texts["/roles"]))

    assert answers[0] == answers[1]
