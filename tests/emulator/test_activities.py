"""Activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .callers import new_key, new_role

if TYPE_CHECKING:
    from .client import Api


async def test_activities_are_newest_first(api: Api) -> None:
    """Activities are listed from the newest to the making of the organisation."""
    for name in ("first", "second"):
        await api("PATCH", "", {"name": name})
        await api.emulator.advance(minutes=1)
    listed = (await api("GET", "/activities")).result

    kinds = [activity["type"] for activity in listed]
    assert kinds == ["organization_update_name"] * 2 + ["create_organization"]
    moments = [activity["createdAt"] for activity in listed]
    assert moments == sorted(moments, reverse=True)
    assert listed == [(await api("GET", f"/activities/{a['id']}")).result for a in listed]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, 3),
        ({"from_date": "2026-01-05T09:00:00Z"}, 3),
        ({"from_date": "2026-01-05T09:00:00.001Z"}, 2),
        ({"from_date": "2026-01-06T10:00:00+01:00"}, 2),
        ({"to_date": "2026-01-06T09:00:00Z"}, 2),
        ({"to_date": "2026-01-06T08:59:59Z"}, 1),
        ({"from_date": "2026-01-06", "to_date": "2026-01-06"}, 1),
        ({"from_date": "2026-01-05", "to_date": "2026-01-06"}, 2),
        ({"from_date": "2026-01-07", "to_date": "2026-01-06"}, 0),
    ],
)
async def test_period(api: Api, query: dict[str, str], names: int) -> None:
    """A period includes both its ends; a plain date at its end is a whole day."""
    for day in range(3):
        await api("PATCH", "", {"name": f"day {day}"})
        await api.emulator.advance(days=1)
    listed = (await api("GET", "/activities", query=list(query.items()))).result

    # The organisation was made long before.
    made = [a for a in listed if a["type"] == "create_organization"]
    assert len(made) == ("from_date" not in query)
    assert len([a for a in listed if a["type"] == "organization_update_name"]) == names


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+05:00"])
async def test_bad_period(api: Api, text: str) -> None:
    """A period needs real moments."""
    answer = await api("GET", "/activities", query=[("from_date", text)])

    assert answer.status == 400
    assert answer.error.startswith("from_date: ")


async def test_properties_of_activities(api: Api) -> None:
    """Each kind of activity has the properties that it should have, and no others."""
    headers = {"User-Agent": "tester/1"}
    key_id, own = await new_key(api, roles=["admin"])
    await api("PATCH", f"/keys/{key_id}", {"name": "renamed"})
    await new_role(api)
    service = (await api.service())["id"]
    await api("PATCH", "", {"name": "renamed"}, headers=own | headers)
    await api("PATCH", f"/services/{service}/state", {"command": "stop"})
    await api.emulator.advance(hours=1)
    listed = (await api("GET", "/activities")).result

    for activity in listed:
        kind = activity["type"]
        assert ("actorIpAddress" in activity) <= (activity["actorType"] in {"user", "api"})
        updates = {"targetKeyId", "keyUpdateType"}
        assert updates & activity.keys() == (updates if kind == "openapi_key_update" else set())
        targets = {name for name in activity if name.startswith("target")} - updates
        assert bool(targets) == kind.startswith("role_")
        assert activity["organizationId"] == api.emulator.organization_id
    renamed = next(a for a in listed if a["type"] == "organization_update_name")
    assert (renamed["actorType"], renamed["actorId"]) == ("api", key_id)
    assert (renamed["actorDetails"], renamed["userAgent"]) == ("renamed", "tester/1")
    assert renamed["actorIpAddress"] == "127.0.0.1"
