"""Notifications: what they tell, of what the caller may view, filtered and in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import FailedTransition

from .callers import new_key, new_role

if TYPE_CHECKING:
    from .client import Api


async def _fail_services(api: Api, *names: str) -> list[str]:
    """Let services be created that fail, a minute after each other; their ids are returned."""
    api.emulator.faults.add(FailedTransition("failed", kind="service", state="starting"))
    ids = []
    for name in names:
        ids.append((await api.create_service(name=name))["id"])
        await api.emulator.advance(minutes=10)
    return ids


async def test_failure_is_notified_once(api: Api) -> None:
    """A service that fails is told of once, with its type's title and severity."""
    (service,) = await _fail_services(api, "broken")
    (notification,) = (await api("GET", "/notifications")).result
    types = (await api("GET", "/notificationTypes")).result
    kind = next(each for each in types if each["name"] == notification["type"])

    assert (notification["resourceId"], notification["resourceName"]) == (service, "broken")
    assert notification["severity"] == kind["severity"] == "critical"
    assert notification["title"] == kind["title"]


async def test_filters(api: Api) -> None:
    """Every filter selects; those for moments include the moment itself."""
    first, second = await _fail_services(api, "one", "two")
    newest, oldest = (await api("GET", "/notifications")).result

    async def ids(**filters: str) -> list[str]:
        listed = await api("GET", "/notifications", query=list(filters.items()))
        return [each["resourceId"] for each in listed.result]

    assert await ids(resource_id=first) == [first]
    assert await ids(severity="critical", resource_type="service") == [second, first]
    assert await ids(severity="info") == await ids(type="backup_failed") == []
    assert await ids(from_date=newest["createdAt"]) == [second]
    assert await ids(to_date=oldest["createdAt"]) == [first]


async def test_pages(api: Api) -> None:
    """Pages follow each other by cursor; the last one has none."""
    ids = await _fail_services(api, "one", "two", "three")
    first = await api("GET", "/notifications", query=[("limit", "2")])
    cursor = first.json["nextCursor"]
    last = await api("GET", "/notifications", query=[("limit", "2"), ("cursor", cursor)])

    assert [each["resourceId"] for each in (*first.result, *last.result)] == ids[::-1]
    assert last.json["nextCursor"] is None


async def test_key_sees_notifications_of_what_it_may_view(api: Api) -> None:
    """A key with a role on one service sees the notifications about that one."""
    one, _ = await _fail_services(api, "one", "two")
    role = await new_role(api, ("ALLOW", "control-plane:service:view", f"instance/{one}"))
    _, headers = await new_key(api, assignedRoleIds=[role])
    listed = (await api("GET", "/notifications", headers=headers)).result

    assert [each["resourceId"] for each in listed] == [one]
