"""The organisation itself, and its infrastructure in an own cloud account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import FailedTransition

if TYPE_CHECKING:
    from .client import Api

ENDPOINT = {"id": "vpce-1", "cloudProvider": "aws", "region": "us-east-1"}
BYOC = {
    "regionId": "us-east-1",
    "accountId": "123456789012",
    "availabilityZoneSuffixes": ["a", "b", "f"],
    "vpcCidrRange": "10.0.0.0/16",
    "displayName": "mine",
}


async def test_organization_is_changed_by_parts(api: Api) -> None:
    """What a change does not name stays; each part that changed is an activity."""
    before = (await api("GET", "")).result
    renamed = (await api("PATCH", "", {"name": "renamed"})).result
    same = (await api("PATCH", "", {"name": "renamed", "enableCoreDumps": True})).result

    assert before | {"name": "renamed"} == renamed == same
    assert [renamed] == (await api("GET", "/v1/organizations")).result
    kinds = [activity["type"] for activity in (await api("GET", "/activities")).result]
    assert kinds == ["organization_update_name", "create_organization"]


async def test_private_endpoints(api: Api) -> None:
    """Private endpoints are removed before others are added."""

    async def change(**lists: list[dict[str, str]]) -> list[dict[str, str]]:
        answer = await api("PATCH", "", {"privateEndpoints": lists})
        endpoints: list[dict[str, str]] = answer.result["privateEndpoints"]
        return endpoints

    second = ENDPOINT | {"id": "vpce-2"}
    described = ENDPOINT | {"description": "new"}
    assert await change(add=[ENDPOINT, second]) == [ENDPOINT, second]
    assert await change(add=[described], remove=[ENDPOINT]) == [second, described]
    assert await change(remove=[{"id": "vpce-2"}, {"id": "unknown"}]) == [described]
    refused = await api("PATCH", "", {"privateEndpoints": {"add": [{"region": "us-east-1"}]}})
    assert (refused.status, refused.error) == (400, "privateEndpoints.add[0].id: is required")
    kinds = {activity["type"] for activity in (await api("GET", "/activities")).result[:3]}
    assert kinds == {"organization_update_private_endpoints"}


async def test_core_dumps_of_services(api: Api) -> None:
    """Core dumps that the organisation turns off are off for every service."""
    before = (await api("GET", "/services")).result
    changed = (await api("PATCH", "", {"enableCoreDumps": False})).result
    after = (await api("GET", "/services")).result

    assert not changed["enableCoreDumps"]
    assert {service["enableCoreDumps"] for service in before} == {True}
    assert {service["enableCoreDumps"] for service in after} == {False}
    last = (await api("GET", "/activities")).result[0]
    assert last["type"] == "organization_update_core_dumps"


async def test_name_is_not_empty(api: Api) -> None:
    """An organisation has a name."""
    answer = await api("PATCH", "", {"name": " "})

    assert (answer.status, answer.error) == (400, "name: must not be empty")


async def test_private_endpoint_service(api: Api) -> None:
    """Each region of a provider has an endpoint service; both have to be named."""

    async def ask(**query: str) -> str:
        answer = await api("GET", "/privateEndpointConfig", query=list(query.items()))
        return str(answer.result["endpointServiceId"]) if answer.status == 200 else answer.error

    found = await ask(cloud_provider="aws", region_id="us-east-1")
    assert found == await ask(cloud_provider="aws", region_id="us-east-1")
    assert found != await ask(cloud_provider="aws", region_id="eu-west-1")
    assert await ask(region_id="us-east-1") == "cloud_provider: is required"
    assert await ask(cloud_provider="aws") == "region_id: is required"
    wrong = await ask(cloud_provider="other", region_id="us-east-1")
    assert wrong == "cloud_provider: must be one of aws, gcp, azure"


async def test_life_of_infrastructure(api: Api) -> None:
    """Infrastructure becomes ready by itself, is renamed, terminated, and then gone."""

    async def listed() -> list[dict[str, str]]:
        configurations: list[dict[str, str]] = (await api("GET", "")).result["byocConfig"]
        return configurations

    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    path = f"/byocInfrastructure/{created['id']}"
    assert created == {
        "id": created["id"],
        "state": "infra-provisioning",
        "accountName": "123456789012",
        "regionId": "us-east-1",
        "cloudProvider": "aws",
        "displayName": "mine",
    }
    assert [created] == await listed()
    await api.emulator.advance(minutes=30)
    ready = (await api("PATCH", path, {"displayName": "ours"})).result
    assert ready == created | {"displayName": "ours", "state": "infra-ready"}
    assert [(await api("DELETE", path)).status for _ in range(2)] == [200, 200]
    assert await listed() == [ready | {"state": "infra-terminated"}]
    await api.emulator.advance(minutes=15)
    assert await listed() == []
    assert (await api("DELETE", path)).status == 404


async def test_infrastructure_that_fails(api: Api) -> None:
    """A fault can let the setting up end in another state."""
    api.emulator.faults.add(FailedTransition("infra-terminated", kind="byoc"))
    await api("POST", "/byocInfrastructure", BYOC)
    await api.emulator.advance(minutes=25)
    listed = (await api("GET", "")).result["byocConfig"]

    assert [configuration["state"] for configuration in listed] == ["infra-terminated"]


@pytest.mark.parametrize(
    ("region", "provider"),
    [
        ("us-east-1", "aws"),
        ("ap-southeast-2", "aws"),
        ("us-east1", "gcp"),
        ("europe-west4", "gcp"),
        ("eastus2", "azure"),
        ("germanywestcentral", "azure"),
    ],
)
async def test_provider_of_infrastructure(api: Api, region: str, provider: str) -> None:
    """The region says which provider it is of."""
    created = (await api("POST", "/byocInfrastructure", BYOC | {"regionId": region})).result

    assert created["cloudProvider"] == provider


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regionId": None}, "regionId: must be string"),
        ({"regionId": "mars"}, "regionId: must be one of"),
        ({"accountId": ""}, "accountId: is required"),
        ({"availabilityZoneSuffixes": ["g"]}, "availabilityZoneSuffixes[0]: must be one of"),
        ({"vpcCidrRange": "10.0.0.0"}, "vpcCidrRange: must be a range in CIDR notation"),
        ({"vpcCidrRange": "10.0.0.1/16"}, "vpcCidrRange: must be a range in CIDR notation"),
    ],
)
async def test_bad_infrastructure(api: Api, change: dict[str, object], message: str) -> None:
    """Infrastructure needs a region and an account."""
    answer = await api("POST", "/byocInfrastructure", BYOC | change)

    assert answer.status == 400
    assert answer.error.startswith(message)
    assert (await api("GET", "")).result["byocConfig"] == []


async def test_only_the_name_of_infrastructure_changes(api: Api) -> None:
    """Nothing but its display name can be changed."""
    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    path = f"/byocInfrastructure/{created['id']}"
    answer = await api("PATCH", path, {"regionId": "us-east-2"})

    assert (answer.status, answer.error) == (400, "regionId: is not known here")
