"""The initial content of an emulator."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from .client import Api


async def _listed(emulator: Emulator) -> list[Any]:
    async with serving(emulator) as api:
        services: list[Any] = (await api("GET", "/services")).result
        return services


@pytest.mark.parametrize("seed", range(5))
async def test_invented_services_are_varied(seed: int) -> None:
    """Forty services have forty names and are in several states, places and environments."""
    services = await _listed(Emulator(40, time_scale=0, seed=seed))
    states = Counter(service["state"] for service in services)

    assert len({service["name"] for service in services}) == 40
    assert all(states[state] >= 3 for state in ("running", "idle", "stopped"))
    assert states.keys() & {"starting", "stopping", "provisioning"}
    assert len({service["provider"] for service in services}) == 3
    tags = [{tag["key"]: tag["value"] for tag in service["tags"]} for service in services]
    assert {"dev", "staging", "prod"} == {tag["env"] for tag in tags}
    assert len({tag["team"] for tag in tags}) >= 3


async def test_same_seed_same_run() -> None:
    """Two runs with one seed give the same answers, ids included; another seed gives others."""

    async def run(seed: int) -> list[str]:
        body = {"name": "new", "provider": "aws", "region": "us-east-1"}
        async with serving(Emulator(5, time_scale=0, seed=seed)) as api:
            created = await api("POST", "/services", body)
            service_id = created.result["service"]["id"]
            paths = ["", "/services", "/keys", f"/services/{service_id}/backups", "/activities"]
            answers = [created, *[await api("GET", path) for path in paths]]
            return [answer.text for answer in answers] + [api.emulator.api_secret]

    first, second, other = [await run(seed) for seed in (3, 3, 4)]
    assert first == second
    assert not set(first) & set(other)


async def test_given_services_are_filled_in() -> None:
    """What is given stands; what is not is made up."""
    given = [
        {"name": "etl-1", "state": "stopped", "minReplicaMemoryGb": 8, "numReplicas": 1},
        {
            "autoscalingMode": "horizontal",
            "replicaMemoryGb": 32,
            "minReplicas": 2,
            "maxReplicas": 4,
        },
    ]
    first, second = await _listed(Emulator(given, time_scale=0))

    assert given[0].items() <= first.items()
    assert given[1].items() <= second.items()
    assert second["name"]
    assert first["currentScaling"]["effectiveMinReplicas"] == 1


@pytest.mark.parametrize(
    ("services", "message"),
    [
        (-1, "cannot be -1"),
        (["etl"], r"services\[0\]: must be an object"),
        ([{"nmae": "x"}], r"services\[0\]: a Service has no property 'nmae'"),
        ([{}, {"state": "asleep"}], r"services\[1\].state='asleep': must be one of .*idle"),
        ([{"numReplicas": "3"}], r"services\[0\].numReplicas='3': must be integer"),
        ([{"currentScaling": {}}], "currentScaling follows from other properties"),
        ([{"minReplicaMemoryGb": 64, "maxReplicaMemoryGb": 8}], r"services\[0\]: .*is more than"),
        (
            [{"id": "1e0e8c1e-0000-4000-8000-000000000000"}] * 2,
            "id 1e0e8c1e-0000-4000-8000-000000000000 is there already",
        ),
    ],
)
def test_impossible_services(services: Any, message: str) -> None:
    """Services that the API could not have are refused at once, with the reason."""
    with pytest.raises(ValueError, match=message):
        Emulator(services)


@pytest.mark.parametrize("name", ["members", "roles"])
async def test_first_members_and_roles_can_be_got(api: Api, name: str) -> None:
    """Whatever the list names can be asked for one by one."""
    listed = (await api("GET", f"/{name}")).result
    ids = [item.get("userId") or item["id"] for item in listed]

    assert len(listed) >= 2
    assert listed == [(await api("GET", f"/{name}/{item}")).result for item in ids]


async def test_answers_do_not_depend_on_the_order_of_looking() -> None:
    """What is there from the start is the same, whatever was looked at before."""
    answers: list[tuple[str, str]] = []
    for order in (("/members", "/roles"), ("/roles", "/members")):
        async with serving(Emulator(time_scale=0)) as api:
            texts = {path: str((await api("GET", path)).result) for path in order}
            answers.append((texts["/members"], texts["/roles"]))

    assert answers[0] == answers[1]
