"""Changes that are held back: shown whole, and never sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, OmnistrateEmulator
from clickhouse_cloud_async.core.held import RequestHeld
from clickhouse_cloud_async.core.holding import holding_changes

from .stub import ORGANIZATION, SERVICE

if TYPE_CHECKING:
    from .stub import Stub


async def test_changes_are_held(stub: Stub) -> None:
    """Reads of the block are sent; the first change ends its call with the request."""
    stub.answer({"result": [{"id": ORGANIZATION}]})

    async with stub.client(organization_id=None) as cloud:
        with holding_changes():
            await cloud.organizations.list()
            with pytest.raises(RequestHeld) as held:
                await cloud.services.reset_password(SERVICE, new_password_hash="planted")
        stub.answer({"result": {}})
        await cloud.services.reset_password(SERVICE)

    request = held.value.request
    assert (request.method, request.path) == (
        "PATCH",
        f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}/password",
    )
    assert isinstance(request.body, bytes)
    assert json.loads(request.body) == {"newPasswordHash": "planted"}
    assert [secret.reveal() for secret in request.secrets] == ["planted"]
    assert "planted" not in str(held.value) + repr(request)
    assert [each.method for each in stub.requests] == ["GET", "GET", "PATCH"]


async def test_sign_in_is_no_change() -> None:
    """What signs in is sent, because the reads of the block need it."""
    async with (
        OmnistrateEmulator(time_scale=0) as emulator,
        AsyncOmnistrate(
            email=emulator.email, password=emulator.password, base_url=emulator.url
        ) as cloud,
    ):
        with holding_changes():
            await cloud.services.list()
            with pytest.raises(RequestHeld):
                await cloud.services.delete("s-1")

    assert {request.method for request in emulator.requests} == {"GET", "POST"}
