"""Waits and sessions of a client, against the emulator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    AuthenticationError,
    ConflictError,
    OperationInProgressError,
    Polling,
    RetryPolicy,
    UnreachableStateError,
)
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, OmnistrateEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SPEED = 2000.0
"""Emulated seconds per real second."""

SERVICE = {"name": "Cache", "plans": ["Pro"], "instances": 2}


@pytest.fixture
async def emulator() -> AsyncIterator[OmnistrateEmulator]:
    """An emulator with two instances, whose time passes fast."""
    async with OmnistrateEmulator([SERVICE], time_scale=SPEED) as running:
        yield running


@pytest.fixture
async def cloud(emulator: OmnistrateEmulator) -> AsyncIterator[AsyncOmnistrate]:
    """A client that is as fast, and waits for operations that are in progress."""
    async with AsyncOmnistrate(
        email=emulator.email,
        password=emulator.password,
        base_url=emulator.url,
        polling=Polling(speed=SPEED),
    ) as client:
        yield client


async def test_life_of_an_instance(cloud: AsyncOmnistrate) -> None:
    """An instance is created, stopped, started and deleted, each waited for."""
    other = (await cloud.instances.list())[0]
    address = await cloud.instances.address_of(other)
    created = await cloud.instances.create(address, cloud_provider="aws", region="us-east-1")
    await cloud.instances.wait_until(created.id, "RUNNING")
    await cloud.instances.stop(address, created.id)
    await cloud.instances.wait_until(created.id, "STOPPED")
    await cloud.instances.start(address, created.id)
    started = await cloud.instances.wait_until(created.id, "RUNNING")
    await cloud.instances.delete(address, created.id)
    await cloud.instances.wait_until_gone(created.id)

    assert started.id == created.id
    assert other.id in {each.id for each in await cloud.instances.list()}


async def test_command_waits_for_another_operation(cloud: AsyncOmnistrate) -> None:
    """A command that is refused because of another one is sent again until it is taken."""
    instance = (await cloud.instances.list())[0]
    address = await cloud.instances.address_of(instance)
    assert instance.id is not None
    await cloud.instances.restart(address, instance.id)
    with pytest.raises(OperationInProgressError):
        await cloud.instances.stop(address, instance.id)
    patient = cloud.with_options(retry=RetryPolicy(in_progress_wait=0.02))
    await patient.instances.stop(address, instance.id)

    assert (await cloud.instances.wait_until(instance.id, "STOPPED")).status == "STOPPED"


async def test_environments_follow_their_source(cloud: AsyncOmnistrate) -> None:
    """A promotion is over when the environment that follows is in sync."""
    service = (await cloud.services.list())[0]
    (source,) = await cloud.environments.list_ids(service.id)
    default = await cloud.deployment_configs.get("default")
    target = await cloud.environments.create(
        service.id,
        name="Staging",
        description="Follows production",
        type="STAGING",
        deployment_config_id=default.id,
        source_environment_id=source,
    )
    await cloud.environments.promote(service.id, source)
    status = await cloud.environments.wait_until_promotion(service.id, source, target, "IN_SYNC")
    portal = await cloud.environments.wait_until_portal(service.id, source, "RUNNING")

    assert (status.target_environment_id, portal.id) == (target, source)


async def test_cloud_account_waits_for_its_owner(cloud: AsyncOmnistrate) -> None:
    """An account that nobody lets in stays pending, and is ready after it was verified."""
    aws = await cloud.cloud_providers.find_id("aws")
    account = await cloud.cloud_accounts.create(
        cloud_provider_id=aws,
        name="Production",
        description="Where instances run",
        aws_account_id="123456789012",
        aws_bootstrap_role_arn="arn:aws:iam::123456789012:role/bootstrap",
    )
    pending = await cloud.cloud_accounts.wait_until(account, "PENDING")
    await cloud.cloud_accounts.verify(account)
    ready = await cloud.cloud_accounts.wait_until(account, "READY")

    assert (pending.status, ready.status) == ("PENDING", "READY")


async def test_image_registry_comes_and_goes(cloud: AsyncOmnistrate) -> None:
    """A registry is there when it can be fetched, and gone when it cannot."""
    key = await cloud.image_registries.create(
        name="Docker Hub", description="Images", host="docker.io"
    )
    registry = await cloud.image_registries.wait_until(key, lambda _: True)
    await cloud.image_registries.delete(key)
    await cloud.image_registries.wait_until_gone(key)

    assert registry.host == "docker.io"


async def test_failed_deployment_ends_a_wait(
    cloud: AsyncOmnistrate, emulator: OmnistrateEmulator
) -> None:
    """A wait for an instance that cannot come up any more ends with its state."""
    from clickhouse_cloud_async.emulator import FailedTransition

    address = await cloud.instances.address_of((await cloud.instances.list())[0])
    emulator.faults.add(FailedTransition(to="FAILED", state="DEPLOYING"))
    created = await cloud.instances.create(address, cloud_provider="aws", region="us-east-1")
    with pytest.raises(UnreachableStateError, match="check its audit events"):
        await cloud.instances.wait_until(created.id, "RUNNING")


async def test_session_that_ends_is_renewed_for_all(
    cloud: AsyncOmnistrate, emulator: OmnistrateEmulator
) -> None:
    """Tokens end by the emulator's clock, and no call fails for that."""
    await asyncio.gather(*(cloud.services.list() for _ in range(200)))
    emulator.advance(days=30)
    await asyncio.gather(*(cloud.services.list() for _ in range(200)))
    sign_ins = [each for each in emulator.requests if each.operation_id == "signIn"]

    assert [each.status for each in sign_ins] == [200, 200]


@pytest.mark.parametrize("name", ["api_key", "token"])
async def test_other_credentials(emulator: OmnistrateEmulator, name: str) -> None:
    """An API key signs in as well, and a token is used as it is."""
    credentials = {name: getattr(emulator, name)}
    async with AsyncOmnistrate(**credentials, base_url=emulator.url) as client:
        assert (await client.users.current()).status == "ACTIVE"


async def test_wrong_password(emulator: OmnistrateEmulator) -> None:
    """The emulator refuses a wrong password with 400, and the client calls it what it is."""
    async with AsyncOmnistrate(
        email=emulator.email, password="another", base_url=emulator.url
    ) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.services.list()

    assert caught.value.status == 400


async def test_service_with_instances_stays(cloud: AsyncOmnistrate) -> None:
    """A refusal that has nothing to do with operations in progress is a plain conflict."""
    service = (await cloud.services.list())[0]
    with pytest.raises(ConflictError) as caught:
        await cloud.services.delete(service.id)

    assert type(caught.value) is ConflictError
