"""Descriptions of fleets, further organisations and keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization, serving

if TYPE_CHECKING:
    from pathlib import Path

YAML = """
services:
  - {name: etl, count: 3, state: stopped, tags: {env: dev, team: data}}
  - {name: api, state: running, region: eu-central-1, provider: aws}
keys:
  - {name: reader, roles: [developer], api_key: reader-id, api_secret: reader-secret}
organizations:
  - name: Second
    services: [{name: elsewhere}]
    keys: [{name: spare}]
"""


async def test_description_in_yaml(tmp_path: Path) -> None:
    """Services, keys and organisations of a YAML file are there afterwards."""
    file = tmp_path / "fleet.yaml"
    file.write_text(YAML)
    async with serving(Emulator(time_scale=0)) as api:
        seeded = api.emulator.seed(file)
        services = (await api("GET", "/services")).result
        (second,) = seeded.organizations
        reader, spare = seeded.keys
        elsewhere = await api(
            "GET", f"/v1/organizations/{second.id}/services", headers=authorization(second)
        )
        listed = [
            (await api("GET", "/v1/organizations", headers=authorization(key))).result
            for key in (reader, spare)
        ]
        visible = [[organization["id"] for organization in result] for result in listed]
        strange = await api("GET", "/services", headers=authorization(second))

    assert [s["name"] for s in services] == ["etl-1", "etl-2", "etl-3", "api"]
    assert {s["state"] for s in services[:3]} == {"stopped"}
    assert {"key": "env", "value": "dev"} in services[0]["tags"]
    assert (services[3]["region"], services[3]["state"]) == ("eu-central-1", "running")
    assert [s["name"] for s in elsewhere.result] == ["elsewhere"]
    assert visible == [[api.emulator.organization_id], [second.id]]
    assert (reader.api_key, reader.api_secret) == ("reader-id", "reader-secret")
    assert strange.status == 403


async def test_description_in_json_and_twice(tmp_path: Path) -> None:
    """A JSON file works too, and a description adds to what is there."""
    file = tmp_path / "fleet.json"
    file.write_text(json.dumps({"services": [{"name": "one", "count": 2}]}))
    async with serving(Emulator(1, time_scale=0)) as api:
        api.emulator.seed(file)
        api.emulator.seed({"services": [{"name": "three"}]})
        names = [s["name"] for s in (await api("GET", "/services")).result]

    assert names[1:] == ["one-1", "one-2", "three"]


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"service": []}, "the description: 'service' is not known"),
        ({"services": {}}, "services: must be a list"),
        ({"services": [1]}, r"services\[0\]: must be an object"),
        ({"services": [{"nmae": "x"}]}, "has no property 'nmae'"),
        ({"services": [{"state": "asleep"}]}, r"services\[0\]\.state='asleep'"),
        ({"services": [{"name": "x", "count": 0}]}, r"services\[0\]\.count"),
        ({"services": [{"count": 2}]}, r"services\[0\]\.name"),
        ({"plan": "FREE"}, "plan: must be one of TRIAL, BASIC, SCALE, ENTERPRISE"),
        ({"keys": [{"roles": ["admin"]}]}, r"keys\[0\]\.name"),
        ({"keys": [{"name": "k", "roles": "admin"}]}, r"keys\[0\]\.roles"),
        ({"keys": [{"name": "k", "roles": ["king"]}]}, "key k: roles"),
        (
            {"keys": [{"name": "k", "api_key": "id"}] * 2},
            "key k: there is a key of this id already",
        ),
        (
            {"services": [{"name": "x", "count": 3}, {"state": "asleep"}]},
            r"^services\[1\]\.state='asleep'",
        ),
        (
            {"organizations": [{"name": "o", "services": [{"nmae": "x"}]}]},
            r"organizations\[0\]\.services\[0\]: a Service has no property 'nmae'",
        ),
        ({"organizations": [{"name": ""}]}, r"organizations\[0\]\.name"),
        ({"organizations": [{"name": "o", "x": 1}]}, r"organizations\[0\]: 'x' is not known"),
    ],
)
def test_mistakes_are_named_and_nothing_is_added(description: dict[str, Any], message: str) -> None:
    """A mistake is refused with its place, and nothing else of the description is added."""
    good = {"name": "good"}
    emulator = Emulator(2, time_scale=0)
    with pytest.raises(ValueError, match=message):
        emulator.seed({"services": [good], "keys": [good]} | description)

    assert repr(emulator) == "<Emulator not listening, 2 services>"
    assert len(emulator._organization(emulator.organization_id).collection("keys")) == 1


@pytest.mark.parametrize("text", ["a: [", "- 1", "{", "\ud8ff"])
def test_broken_files(tmp_path: Path, text: str) -> None:
    """A file that cannot be read as what its name says is refused."""
    for suffix in ("yaml", "json"):
        file = tmp_path / f"fleet.{suffix}"
        file.write_bytes(text.encode(errors="surrogatepass"))
        with pytest.raises(ValueError, match=r"fleet\.|must be an object"):
            Emulator().seed(file)


async def test_organizations_and_keys_of_programs() -> None:
    """A program can add organisations and keys, each with its own credentials."""
    async with serving(Emulator(1, time_scale=0)) as api:
        second = api.emulator.add_organization("Second", 2)
        key = api.emulator.add_key("ci", organization_id=second.id)
        path = f"/v1/organizations/{second.id}/services"
        assert len((await api("GET", path, headers=authorization(key))).result) == 2
        assert (await api("GET", path)).status == 403
        token = {"Authorization": f"Bearer {api.emulator.token}"}
        assert (await api("GET", path, headers=token)).status == 200
        with pytest.raises(ValueError, match="no organisation nowhere"):
            api.emulator.add_key("ci", organization_id="nowhere")
        with pytest.raises(ValueError, match="a key of this id already"):
            api.emulator.add_key("ci", api_key=key.api_key)
        with pytest.raises(ValueError, match="key ci: roles: must have at least 1 items"):
            api.emulator.add_key("ci", roles=())

    assert second.api_secret not in repr(second)
    assert key.api_secret not in repr(key)
