"""The organisation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Api

ENDPOINT = {"id": "vpce-1", "cloudProvider": "aws", "region": "us-east-1"}


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

    for region in ("us-east-1", "eu-west-1"):
        await api.create_service(region=region)
    found = await ask(cloud_provider="aws", region_id="us-east-1")
    unused = await ask(cloud_provider="aws", region_id="ap-southeast-2")
    assert unused == "there are no created instances in aws ap-southeast-2"
    assert found == await ask(cloud_provider="aws", region_id="us-east-1")
    assert found != await ask(cloud_provider="aws", region_id="eu-west-1")
    assert await ask(region_id="us-east-1") == "cloud_provider: is required"
    assert await ask(cloud_provider="aws") == "region_id: is required"
    wrong = await ask(cloud_provider="other", region_id="us-east-1")
    assert wrong == "cloud_provider: must be one of aws, gcp, azure"
