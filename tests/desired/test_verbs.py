"""Exports, drift, and actions on single resources."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from clickhouse_cloud_async import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.core.client import identity_of
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.desired.references import Reference
from clickhouse_cloud_async.fleet import DescriptionError, DesiredFleet

from .scene import FLEET, SERVICES, open_client, open_emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.models import RolePolicyCreateRequestDict

ADDRESSES: list[dict[str, Any]] = [{"source": "10.0.0.0/8"}]
POLICY: dict[str, Any] = {
    "allow_deny": "ALLOW",
    "permissions": ["control-plane:service:view"],
    "resources": ["instance/*"],
}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """The services before."""
    async with open_emulator() as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of them."""
    async with open_client(emulator) as client:
        yield client


def _access(**key: Any) -> Description:
    """Describe a role and a key that has it."""
    fields = {"name": "ci", "roles": ["analysts"], "ip_access_list": ADDRESSES, **key}
    return Description(
        name="staging",
        resources=(
            Described(kind="api_keys", fields=fields),
            Described(kind="roles", fields={"name": "analysts", "policies": [POLICY]}),
        ),
    )


async def test_keys_and_roles(cloud: AsyncClickHouseCloud) -> None:
    """Each field of a key and of a role is brought about, changed, and left when it is right."""
    report = await cloud.fleet.apply(await cloud.fleet.plan(_access()))
    report.raise_for_failures()
    [outcome] = [each for each in report.outcomes if each.name == "ci"]
    secret = outcome.result.key_secret.reveal()
    assert secret not in f"{report!r} {outcome!r} {report.to_dict()}"
    assert (await cloud.fleet.plan(_access())).is_empty

    so_far: dict[str, Any] = {}
    for change in (
        {"state": "disabled"},
        {"expire_at": "2030-01-01T00:00:00Z"},
        {"roles": ["Admin"]},
        {"ip_access_list": [{"source": "192.0.2.1", "description": "office"}]},
    ):
        so_far |= change
        plan = await cloud.fleet.plan(_access(**so_far))
        assert {each.field for item in plan.changes for each in item.changes} == change.keys()
        (await cloud.fleet.apply(plan)).raise_for_failures()
        assert (await cloud.fleet.plan(_access(**so_far))).is_empty
    cleared = _access(expire_at=None)
    (await cloud.fleet.apply(await cloud.fleet.plan(cleared))).raise_for_failures()
    assert (await cloud.api_keys.list())[-1].expire_at is None


async def test_permissions_that_follow_from_others_are_no_drift(
    cloud: AsyncClickHouseCloud,
) -> None:
    """The API adds permissions to a policy; those that are described have to be among them."""
    (await cloud.fleet.apply(await cloud.fleet.plan(_access()))).raise_for_failures()
    [role] = [each for each in await cloud.roles.list() if each.name == "analysts"]
    more = {**POLICY, "permissions": [*POLICY["permissions"], "control-plane:service:manage"]}
    await cloud.roles.update(role.id, policies=[cast("RolePolicyCreateRequestDict", more)])

    assert (await cloud.fleet.plan(_access())).is_empty


async def test_roles_of_the_platform_are_left_alone(cloud: AsyncClickHouseCloud) -> None:
    """They can be named by others, and are neither changed nor pruned."""
    system = next(role for role in await cloud.roles.list() if role.type == "system")
    described = Described(kind="roles", fields={"name": system.name, "policies": [POLICY]})
    plan = await cloud.fleet.plan(Description(name="x", resources=(described,)))
    assert [item.reason for item in plan.refused] == ["it is a role of the platform"]

    pruned = Description(name="x", resources=_access().resources, prune=frozenset(("roles",)))
    assert not (await cloud.fleet.plan(pruned)).removals


async def test_an_export_is_what_there_is(cloud: AsyncClickHouseCloud) -> None:
    """A plan of an export is empty; read as a document, too."""
    report = await cloud.fleet.apply(await cloud.fleet.plan(FLEET), allow_delete=True)
    report.raise_for_failures()
    (await cloud.fleet.apply(await cloud.fleet.plan(_access()))).raise_for_failures()
    exported = await cloud.fleet.export("staging", only=["services", "roles", "api_keys"])
    document = exported.to_dict()

    assert not exported.notes
    assert document["adopt"] is False
    assert {each["name"] for each in document["services"]} >= {"etl", "web", "foreign"}
    assert [each["name"] for each in document["roles"]] == ["analysts"]
    assert document["api_keys"][-1]["roles"] == ["analysts"]
    assert (await cloud.fleet.plan(exported.description)).is_empty
    text = exported.to_yaml()
    assert text.startswith("# Without `adopt: false`, a plan makes")
    assert (await cloud.fleet.plan(DesiredFleet.parse(text))).is_empty
    plan = await cloud.fleet.plan(DesiredFleet.parse(text.replace("adopt: false", "adopt: true")))
    assert {str(change) for item in plan.items for change in item.changes} == {
        "tags[chcloud.fleet]: staging"
    }
    mine = await cloud.fleet.export("staging", only=["services"], tags={"chcloud.fleet": "staging"})
    assert mine.description.adopts
    assert (await cloud.fleet.plan(mine.description)).is_empty


async def test_services_of_other_fleets_are_not_exported(cloud: AsyncClickHouseCloud) -> None:
    """A plan would refuse them, and delete those of the fleet that were not selected."""
    other = await cloud.fleet.export("x", only=["services"])
    part = await cloud.fleet.export("staging", only=["services"], names="old*")

    assert other.notes == ("left out: 3 services of the fleet staging; export them under its name",)
    assert (await cloud.fleet.plan(other.description)).is_empty
    assert part.notes[0].startswith("not selected: 1 service of the fleet staging")
    assert [item.name for item in (await cloud.fleet.plan(part.description)).items] == ["cache"]


async def test_services_without_a_fleet_stay_so(cloud: AsyncClickHouseCloud) -> None:
    """Where a document adopts none, they are changed all the same, and never deleted."""
    service = {"name": "web", "provider": "aws", "region": "eu-central-1", "state": "running"}
    desired = DesiredFleet("x", adopt=False, services=[service])
    plan = await cloud.fleet.plan(desired)
    (await cloud.fleet.apply(plan)).raise_for_failures()
    gone = DesiredFleet("x", adopt=False, services=[{**service, "absent": True}])

    assert [item.commands for item in plan.items] == [("start",)]
    assert (await cloud.fleet.plan(desired)).is_empty
    assert (await cloud.fleet.plan(gone)).refused[0].reason == "it is not part of the fleet"
    with pytest.raises(DescriptionError, match="adopt: is not true or false"):
        DesiredFleet("x", adopt="no", services=[])  # type: ignore[arg-type]


async def test_an_export_of_a_part(cloud: AsyncClickHouseCloud) -> None:
    """By kind, name and tag."""

    async def names(**options: Any) -> set[str]:
        exported = await cloud.fleet.export("staging", **options)
        return {str(each.fields["name"]) for each in exported.description.resources}

    assert await names(only=["services"], names="old*") == {"old", "old-reader"}
    assert await names(only=["services"], names=["web", "cache"]) == {"web", "cache"}
    assert await names(only=["services"], tags={"team": None}) == {"web"}
    assert await names(only=["services", "roles"], tags={"env": "dev"}) == {"web", "foreign"}
    with pytest.raises(InvalidArgumentError, match="did you mean roles"):
        await names(only=["role"])


async def test_names_that_are_taken_twice_are_exported_with_ids(
    cloud: AsyncClickHouseCloud,
) -> None:
    """An export of them finds each again."""
    ids = [(await cloud.api_keys.create(name="twin", ip_access_list=[])).key.id for _ in range(2)]
    exported = await cloud.fleet.export("x", only=["api_keys"], names="twin")

    assert [each.id for each in exported.description.resources] == ids
    assert (await cloud.fleet.plan(exported.description)).is_empty


async def test_drift(cloud: AsyncClickHouseCloud) -> None:
    """What was changed by hand is told with what is described and what is."""
    (await cloud.fleet.apply(await cloud.fleet.plan(_access()))).raise_for_failures()
    assert (await cloud.fleet.drift(_access())).is_empty
    [key] = [each for each in await cloud.api_keys.list() if each.name == "ci"]
    await cloud.api_keys.update(key.id, state="disabled")
    drift = await cloud.fleet.drift(_access(state="enabled"))

    assert not drift.is_empty
    assert str(drift).splitlines() == [
        "fleet staging: 1 differ",
        "API key ci: changed",
        "    state: described as enabled, is disabled",
    ]
    assert drift.to_dict()["missing"] == []


async def test_drift_is_watched(cloud: AsyncClickHouseCloud) -> None:
    """A watch tells what differs at once, and then each change of that."""
    (await cloud.fleet.apply(await cloud.fleet.plan(_access()))).raise_for_failures()
    [key] = [each for each in await cloud.api_keys.list() if each.name == "ci"]
    drifts = cloud.fleet.watch_drift(_access(state="enabled"), every=0.01)
    seen = [(await anext(drifts)).is_empty]
    await cloud.api_keys.update(key.id, state="disabled")
    seen.append((await anext(drifts)).is_empty)
    await cloud.api_keys.update(key.id, state="enabled")
    seen.append((await anext(drifts)).is_empty)

    assert seen == [True, False, True]
    with pytest.raises(InvalidArgumentError, match="every"):
        await anext(cloud.fleet.watch_drift(_access(), every=0))


async def test_services_are_adopted_and_forgotten(cloud: AsyncClickHouseCloud) -> None:
    """Only the tag of the fleet changes."""
    before = await cloud.services.get_by_name("web")
    assert await cloud.fleet.adopt("staging", "web") == before.id
    exported = await cloud.fleet.export("staging", only=["services"], names="web")
    assert (await cloud.fleet.plan(exported.description, targets=["services/web"])).is_empty
    with pytest.raises(InvalidArgumentError, match="belongs to the fleet staging"):
        await cloud.fleet.adopt("other", "web")

    assert await cloud.fleet.forget("web") == before.id
    assert (await cloud.services.get_by_name("web")).tags == before.tags
    with pytest.raises(NotFoundError, match="there is no service 'nothing'"):
        await cloud.fleet.adopt("staging", "nothing")
    with pytest.raises(InvalidArgumentError, match="roles carry no mark"):
        await cloud.fleet.forget("analysts", kind="roles")


async def test_names_change_and_lives_go_on(cloud: AsyncClickHouseCloud) -> None:
    """A resource keeps its ID; a name that is taken is refused."""
    service = await cloud.services.get_by_name("web")
    assert await cloud.fleet.rename("web", "www") == service.id
    assert (await cloud.services.get(service.id)).name == "www"
    with pytest.raises(InvalidArgumentError, match="there is a service 'cache' already"):
        await cloud.fleet.rename("www", "cache")
    with pytest.raises(InvalidArgumentError, match="the new name is empty"):
        await cloud.fleet.rename("www", "")

    key = (await cloud.api_keys.create(name="ci", ip_access_list=[])).key
    assert await cloud.fleet.rename("ci", "cd", kind="api_keys") == key.id
    assert (await cloud.api_keys.get(key.id)).name == "cd"


async def test_everything_is_destroyed_where_its_number_is_known(
    cloud: AsyncClickHouseCloud, emulator: Emulator
) -> None:
    """A wrong number sends nothing; services of no fleet stay."""
    (await cloud.fleet.apply(await cloud.fleet.plan(_access()))).raise_for_failures()
    before = len(emulator.requests)
    with pytest.raises(InvalidArgumentError, match="2 resources would be deleted, not 3"):
        await cloud.fleet.destroy(_access(), confirm=3)
    assert {request.method for request in emulator.requests[before:]} == {"GET"}

    (await cloud.fleet.destroy(_access(), confirm=2)).raise_for_failures()
    assert "analysts" not in {role.name for role in await cloud.roles.list()}
    old = DesiredFleet.parse("fleet: staging\nservices: [{name: old}, {name: old-reader}]")
    (await cloud.fleet.destroy(old, confirm=2)).raise_for_failures()
    plan = await cloud.fleet.plan(
        DesiredFleet.parse("fleet: staging\nservices: [{name: foreign}]"), destroy=True
    )
    assert [item.reason for item in plan.refused] == ["it is not part of the fleet"]
    names = {service.name for service in await cloud.services.list()}
    assert names == {str(each["name"]) for each in SERVICES} - {"old", "old-reader"}


async def test_two_programs_create_each_key_once(emulator: Emulator) -> None:
    """Over HTTP, too: whoever is second takes back what is there twice."""
    keys = tuple(
        Described(kind="api_keys", fields={"name": f"k{number}", "ip_access_list": []})
        for number in range(6)
    )
    async with open_client(emulator) as one, open_client(emulator) as other:
        desired = Description(name="staging", resources=keys)
        plans = [await cloud.fleet.plan(desired) for cloud in (one, other)]
        reports = await asyncio.gather(one.fleet.apply(plans[0]), other.fleet.apply(plans[1]))
        names = [key.name for key in await one.api_keys.list() if key.name.startswith("k")]

    assert sorted(names) == [f"k{number}" for number in range(6)]
    assert all(report.is_success for report in reports)


async def test_services_name_others_and_are_pinned(cloud: AsyncClickHouseCloud) -> None:
    """A secondary waits for its primary; an ID chooses among services of one name."""
    where: dict[str, Any] = {"provider": "aws", "region": "eu-central-1"}
    warehouse = Reference("services", "primary", "data_warehouse_id")
    desired = Description(
        name="x",
        resources=(
            Described(
                kind="services", fields={"name": "reader", "data_warehouse_id": warehouse, **where}
            ),
            Described(kind="services", fields={"name": "primary", **where}),
        ),
    )
    plan = await cloud.fleet.plan(desired)
    assert [item.name for item in plan.items] == ["primary", "reader"]
    assert "data_warehouse_id: ${services.primary.data_warehouse_id}" in str(plan)
    (await cloud.fleet.apply(plan)).raise_for_failures()
    primary, reader = [await cloud.services.get_by_name(name) for name in ("primary", "reader")]
    assert reader.data_warehouse_id == primary.data_warehouse_id == primary.id
    assert (await cloud.fleet.plan(desired)).is_empty
    (await cloud.fleet.destroy(desired, confirm=2)).raise_for_failures()

    twins = [(await cloud.services.create(name="twin", **where)).service.id for _ in range(2)]
    for key in twins:
        pinned = Described(kind="services", id=key, fields={"name": "twin", "num_replicas": 5})
        plan = await cloud.fleet.plan(Description(name="x", resources=(pinned,)))
        assert [item.resource_id for item in plan.changes] == [key]
    refused: list[tuple[dict[str, Any], str | None, str]] = [
        ({"name": "other"}, twins[0], f"the service {twins[0]} is called twin: rename it first"),
        ({"name": "other"}, "nowhere", "there is no service with the ID nowhere"),
        ({"name": "twin", "data_warehouse_id": warehouse}, None, "there is no service 'primary'"),
    ]
    for fields, pin, reason in refused:
        wrong = Described(kind="services", id=pin, fields=fields)
        plan = await cloud.fleet.plan(Description(name="x", resources=(wrong,)))
        assert [item.reason for item in plan.items] == [reason]


async def test_the_key_in_use_does_not_lock_itself_out(cloud: AsyncClickHouseCloud) -> None:
    """It may get another name; what would end its use is refused, and so is its end."""
    suffix = identity_of(cloud)[-4:]
    [own] = [key for key in await cloud.api_keys.list() if key.key_suffix == suffix]

    async def reasons(**described: Any) -> list[str | None]:
        key = Described(kind="api_keys", id=own.id, **described)
        plan = await cloud.fleet.plan(Description(name="x", resources=(key,)))
        return [item.reason for item in plan.items]

    locked = ["it is the key in use, which would lock itself out: use another key for that"]
    assert await reasons(fields={"name": "mine"}) == [None]
    assert await reasons(fields={"name": own.name, "state": "disabled"}) == locked
    assert await reasons(fields={"name": own.name}, is_absent=True) == locked
