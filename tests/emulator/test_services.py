"""Changes of services other than of their state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api


async def test_created_service_is_as_asked(api: Api) -> None:
    """What a creation asks for is what the service is; the rest has defaults."""
    asked = {
        "name": "warehouse",
        "provider": "gcp",
        "region": "europe-west4",
        "minReplicaMemoryGb": 32,
        "maxReplicaMemoryGb": 64,
        "numReplicas": 2,
        "idleScaling": False,
        "ipAccessList": [{"source": "10.0.0.0/8", "description": "office"}],
        "tags": [{"key": "env", "value": "prod"}],
        "releaseChannel": "fast",
        "hasTransparentDataEncryption": True,
        "endpoints": [{"protocol": "mysql", "enabled": True}],
    }
    created = (await api("POST", "/services", asked)).result
    service = (await api("GET", f"/services/{created['service']['id']}")).result

    assert created["service"] == service
    assert len(created["password"]) >= 16
    assert {k: v for k, v in asked.items() if k != "endpoints"}.items() <= service.items()
    assert [e["protocol"] for e in service["endpoints"]] == ["https", "nativesecure", "mysql"]
    assert (service["minTotalMemoryGb"], service["maxTotalMemoryGb"]) == (96, 192)
    assert service["autoscalingMode"] == "vertical"
    assert service["transparentDataEncryptionKeyId"]
    assert service["isPrimary"]


async def test_secondary_of_a_warehouse(api: Api) -> None:
    """A service of an existing warehouse is not primary, may be read-only, has no own window."""
    primary = await api.create_service()
    secondary = await api.create_service(
        dataWarehouseId=primary["dataWarehouseId"], isReadonly=True
    )
    window = {"weekday": 1, "startHourUtc": 6}
    refused = await api("PUT", f"/services/{secondary['id']}/upgradeWindow", window)

    assert (secondary["isPrimary"], secondary["isReadonly"]) == (False, True)
    assert (refused.status, refused.error) == (
        400,
        "only the primary service of a warehouse has an upgrade window",
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "name: is required"),
        ({"name": ""}, "name: must have at least 1 characters"),
        ({"name": "n" * 51}, "name: must have at most 50 characters"),
        ({"name": "n", "provider": "aws"}, "region: is required"),
        ({"name": "n", "provider": "moon"}, "provider: must be one of aws, gcp, azure"),
        (
            {"name": "n", "provider": "aws", "region": "us-east-1", "isReadonly": True},
            "isReadonly: works only together with dataWarehouseId",
        ),
        ({"nmae": "n"}, "nmae: is not known here"),
        ({"minReplicaMemoryGb": 10}, "minReplicaMemoryGb: must be a multiple of 4"),
        ({"minReplicaMemoryGb": 4}, "minReplicaMemoryGb: must be at least 8"),
        ({"maxReplicaMemoryGb": 360}, "maxReplicaMemoryGb: must be at most 356"),
        ({"tags": [{"key": "a b"}]}, "tags[0].key: must match ^[a-zA-Z0-9._-]+$"),
        ({"idleScaling": "yes"}, "idleScaling: must be boolean"),
    ],
)
async def test_creation_is_checked(api: Api, body: dict[str, Any], message: str) -> None:
    """A body that breaks the contract is refused with the place and the reason."""
    answer = await api("POST", "/services", body)

    assert (400, message) == (answer.status, answer.error)


async def test_lists_are_removed_from_before_they_are_added_to(api: Api) -> None:
    """In a patch of a list, removal comes first, so an entry in both is there afterwards."""
    service = await api.create_service(
        tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}],
        ipAccessList=[{"source": "1.1.1.1"}, {"source": "2.2.2.2"}],
    )
    patch = {
        "tags": {
            "remove": [{"key": "a"}, {"key": "b"}],
            "add": [{"key": "b", "value": "2"}, {"key": "c"}],
        },
        "ipAccessList": {"remove": [{"source": "1.1.1.1"}], "add": None},
        "privateEndpointIds": {"add": ["vpce-1", "vpce-2"], "remove": ["vpce-1"]},
        "endpoints": None,
    }
    path = f"/services/{service['id']}"
    changed = (await api("PATCH", path, patch)).result

    assert changed["tags"] == [{"key": "b", "value": "2"}, {"key": "c"}]
    assert changed["ipAccessList"] == [{"source": "2.2.2.2"}]
    assert changed["privateEndpointIds"] == ["vpce-1", "vpce-2"]
    assert (service["name"], service["endpoints"]) == (changed["name"], changed["endpoints"])
    assert changed == (await api("GET", path)).result


async def test_key_rotation_needs_encryption(api: Api) -> None:
    """The encryption key of a service without transparent encryption cannot be changed."""
    path = f"/services/{(await api.service())['id']}"
    answer = await api("PATCH", path, {"transparentDataEncryptionKeyId": "key"})

    assert answer.status == 400
    assert "no transparent encryption" in answer.error


async def test_refused_patch_changes_nothing(api: Api) -> None:
    """A patch is applied as a whole or not at all."""
    before = await api.service()
    tags = {"add": [{"key": f"k{index}"} for index in range(48)]}
    await api("PATCH", f"/services/{before['id']}", {"tags": tags})
    patch = {"name": "other", "tags": {"add": [{"key": "one-more"}]}}
    answer = await api("PATCH", f"/services/{before['id']}", patch)

    assert (answer.status, answer.error) == (400, "tags: a service has at most 50")
    assert before["name"] == (await api.service())["name"]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["tag:env=prod"], ["a", "b"]),
        (["tag:team"], ["b", "c"]),
        (["tag:env=prod", "tag:team"], ["b"]),
        (["tag:env=nothing"], []),
        (["tag:empty="], ["c"]),
    ],
)
async def test_filters(filters: list[str], names: list[str]) -> None:
    """A list of services holds those whose tags match every filter."""
    services = [
        {"name": "a", "tags": [{"key": "env", "value": "prod"}]},
        {"name": "b", "tags": [{"key": "env", "value": "prod"}, {"key": "team", "value": "x"}]},
        {"name": "c", "tags": [{"key": "team", "value": "x"}, {"key": "empty"}]},
    ]
    async with serving(Emulator(services, time_scale=0)) as api:
        listed = (await api("GET", "/services", query=[("filter", f) for f in filters])).result

    assert names == [service["name"] for service in listed]


@pytest.mark.parametrize("text", ["tag:", "tag:=x"])
async def test_malformed_filter(api: Api, text: str) -> None:
    """A tag to filter by has a key."""
    answer = await api("GET", "/services", query=[("filter", text)])

    assert answer.status == 400
    assert text in answer.error


@pytest.mark.parametrize(("strictness", "status"), [("live", 200), ("documented", 400)])
@pytest.mark.parametrize("text", ["env=prod", "name:x", ""])
async def test_filter_by_something_else(strictness: Strictness, status: int, text: str) -> None:
    """Live, what is no tag is ignored, and everything is listed."""
    async with serving(Emulator(3, time_scale=0, strictness=strictness)) as api:
        answer = await api("GET", "/services", query=[("filter", text)])

    assert answer.status == status
    assert status == 400 or len(answer.result) == 3


@pytest.mark.parametrize(
    ("name", "method", "body", "changed"),
    [
        (
            "upgradeWindow",
            "PUT",
            {"weekday": 2, "startHourUtc": 6},
            {"weekday": 3, "startHourUtc": 0},
        ),
        (
            "serviceQueryEndpoint",
            "POST",
            {"roles": ["sql_console_admin"], "allowedOrigins": "https://a,https://b"},
            {"roles": ["sql_console_read_only"]},
        ),
    ],
)
async def test_what_has_to_be_put_there(
    api: Api, name: str, method: str, body: dict[str, Any], changed: dict[str, Any]
) -> None:
    """What can be deleted is not found before it is put there, nor after its deletion."""
    path = f"/services/{(await api.service())['id']}/{name}"
    assert [(await api(verb, path)).status for verb in ("GET", "DELETE")] == [404, 404]

    first = (await api(method, path, body)).result
    assert body.items() <= first.items()
    assert first == (await api("GET", path)).result
    second = (await api(method, path, changed)).result
    assert changed.items() <= second.items()
    assert first.get("id") == second.get("id")

    assert [(await api(verb, path)).status for verb in ("DELETE", "GET")] == [200, 404]


async def test_commands_are_required(api: Api) -> None:
    """A change of state without a command is refused."""
    path = await api.service_path()
    answer = await api("PATCH", f"{path}/state", {})

    assert (answer.status, answer.error) == (400, "command: is required")
