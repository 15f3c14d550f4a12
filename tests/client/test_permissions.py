"""The permissions that methods need: listed beforehand, and named by a refusal."""

from __future__ import annotations

import inspect

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ClickHouseCloud,
    InvalidArgumentError,
    PermissionDeniedError,
    required_permissions,
)
from clickhouse_cloud_async.emulator import Emulator
from tests.contract.apis import CLICKHOUSE
from tests.samples import CONTRACT

CLOUD = ClickHouseCloud("key", "secret")

READ_FIRST = {
    "postgres.restore": ("control-plane:postgres-service:view",),
    "postgres.update": ("control-plane:postgres-service:view",),
}
"""The permissions of what a method reads before it sends the request of its operation."""


def test_permissions_of_several_methods() -> None:
    """The permissions of methods are listed once each, in order, for both clients alike."""
    cloud = AsyncClickHouseCloud("key", "secret")

    for each in (cloud, CLOUD):
        assert required_permissions(each.services.start, each.backups.list) == (
            "control-plane:service:manage",
            "control-plane:service:view-backups",
        )
    assert required_permissions(CLOUD.identity.whoami) == required_permissions() == ()


def test_methods_need_what_their_operations_need() -> None:
    """A method that is one operation needs what the contract says, shortcuts by the command."""
    wrong = [
        name
        for name, method in CLICKHOUSE.async_methods.items()
        if (operation := method.operation) is not None
        and operation.id != "instanceStateUpdate"
        and name.rpartition(".")[2] in vars(type(method.function.__self__))
        and {*required_permissions(method.function)}
        != {*(CONTRACT.operations[operation.id].permissions or ()), *READ_FIRST.get(name, ())}
    ]
    both = [
        name
        for name, method in CLICKHOUSE.sync_methods.items()
        if required_permissions(method.function)
        != required_permissions(CLICKHOUSE.async_methods[name].function)
    ]

    assert (wrong, both) == ([], [])


def test_waits_and_hand_written_methods_need_what_they_ask_for() -> None:
    """A wait needs to read what it waits for, and to wake a service needs no more than that."""
    without = [
        name
        for name in CLICKHOUSE.waits
        if not required_permissions(CLICKHOUSE.async_methods[name].function)
    ]

    assert without == []
    assert required_permissions(CLOUD.services.wait_until) == ("control-plane:service:view",)


@pytest.mark.parametrize("method", [print, CLOUD.close, CLOUD.with_response, object()])
def test_something_else_has_no_permissions(method: object) -> None:
    """What is not a method of a namespace is refused."""
    with pytest.raises(InvalidArgumentError, match="is not a method of a client's namespace"):
        required_permissions(method)  # type: ignore[arg-type]  # on purpose


def test_docstrings_name_the_permissions() -> None:
    """The docstring of a method names every permission that its operation needs."""
    silent = [
        name
        for name, method in {**CLICKHOUSE.async_methods, **CLICKHOUSE.sync_methods}.items()
        if CLICKHOUSE.async_methods[name].operation is not None
        for permission in required_permissions(method.function)
        if permission not in " ".join((inspect.getdoc(method.function) or "").split())
    ]

    assert silent == []


async def test_role_of_the_permissions_is_enough() -> None:
    """A key with exactly these permissions calls the methods; a 403 names what others need."""
    async with (
        Emulator([{"name": "etl", "state": "stopped"}], time_scale=0) as emulator,
        AsyncClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as admin,
    ):
        needed = (
            *required_permissions(admin.services.start, admin.backups.list),
            "control-plane:service:view",  # what the list shows
        )
        role = await admin.roles.create(
            name="starters",
            actors=[],
            policies=[
                {"allow_deny": "ALLOW", "permissions": [*needed], "resources": ["instance/*"]}
            ],
        )
        created = await admin.api_keys.create(
            name="starter", assigned_role_ids=[role.id], ip_access_list=[{"source": "0.0.0.0/0"}]
        )
        assert created.key_id is not None
        assert created.key_secret is not None
        async with AsyncClickHouseCloud(
            created.key_id, created.key_secret, base_url=emulator.url
        ) as cloud:
            (service,) = await cloud.services.list()
            await cloud.services.start(service.id)
            await cloud.backups.list(service.id)
            with pytest.raises(PermissionDeniedError) as refused:
                await cloud.services.scale(service.id, num_replicas=3)

    assert refused.value.required_permissions == ("control-plane:service:manage-scaling-config",)
    assert "instanceReplicaScalingUpdate needs control-plane:service:manage-sc" in str(
        refused.value
    )
