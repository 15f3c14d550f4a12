"""Quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Api


async def _usage(api: Api) -> dict[str, int]:
    listed = (await api("GET", "/quotas")).result
    return {item["quotaCode"]: item["usage"] for item in listed}


async def test_quotas_count_what_there_is(api: Api) -> None:
    """The usage of a quota is what the organisation has now."""
    before = await _usage(api)
    await api("POST", "/keys", {"name": "another"})
    primary = await api.create_service(numReplicas=2)
    await api.create_service(dataWarehouseId=primary["dataWarehouseId"], numReplicas=5)

    assert before == {
        "services-per-organization": 3,
        "postgres-services-per-organization": 0,
        "replicas-per-warehouse": 3,
        "api-keys-per-organization": 1,
    }
    assert await _usage(api) == {
        "services-per-organization": 5,
        "postgres-services-per-organization": 0,
        "replicas-per-warehouse": 7,
        "api-keys-per-organization": 2,
    }


async def test_each_quota_can_be_got_by_its_code(api: Api) -> None:
    """What the list shows can be asked for one by one; another code is not found."""
    listed = (await api("GET", "/quotas")).result
    codes = [item["quotaCode"] for item in listed]

    assert len(set(codes)) == len(codes)
    assert listed == [(await api("GET", f"/quotas/{code}")).result for code in codes]
    assert (await api("GET", "/quotas/members-per-organization")).status == 404


async def test_the_quota_of_keys_is_enforced(api: Api) -> None:
    """When the quota is used up a key can only be created in place of another."""
    quota = (await api("GET", "/quotas/api-keys-per-organization")).result
    for number in range(quota["value"] - quota["usage"]):
        await api("POST", "/keys", {"name": f"key {number}"})
    refused = await api("POST", "/keys", {"name": "one too many"})
    last = (await api("GET", "/keys")).result[-1]["id"]
    await api("DELETE", f"/keys/{last}")

    assert (refused.status, refused.error) == (400, "an organisation has at most 100 API keys")
    assert (await api("POST", "/keys", {"name": "instead"})).status == 200
