"""The default organisation of calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    AsyncClickHouseCloud,
    CloudError,
    ConfigurationError,
    ResponseDecodeError,
    ServerError,
)

from .stub import KEY, ORGANIZATION, SECRET, Gate, Stub, answering

if TYPE_CHECKING:
    from aiohttp import web

    from .stub import Handler

LOOKUP = "/v1/organizations"
SERVICES = f"/v1/organizations/{ORGANIZATION}/services"


def organizations(*ids: str | None) -> dict[str, Any]:
    """The answer that lists organisations."""
    return {"result": [{"id": each, "name": f"Name of {each}"} for each in ids]}


def serving(lookup: Handler) -> Handler:
    """Answer the list of organisations in one way and everything else with an empty list."""
    rest = answering({"result": []})

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (lookup if request.path == LOOKUP else rest)(request)

    return handle


def seeking(stub: Stub, **settings: Any) -> AsyncClickHouseCloud:
    """A client that does not know its organisation."""
    return stub.client(**{"organization_id": None, **settings})


async def test_only_organisation(stub: Stub) -> None:
    """The only organisation that the key sees is found with the first call, then remembered."""
    stub.handler = serving(answering(organizations(ORGANIZATION)))

    async with seeking(stub) as cloud:
        await cloud.services.list()
        await cloud.services.list()

    assert stub.paths == [LOOKUP, SERVICES, SERVICES]


async def test_fifty_concurrent_callers(stub: Stub) -> None:
    """Fifty calls at once ask for the organisation once and wait for it together."""
    gate = Gate(after=answering(organizations(ORGANIZATION)))
    stub.handler = serving(gate)

    async with seeking(stub) as cloud:
        calls = [asyncio.create_task(cloud.services.list()) for _ in range(50)]
        await gate.entered.wait()
        gate.opened.set()
        await asyncio.gather(*calls)

    assert stub.paths == [LOOKUP] + [SERVICES] * 50


async def test_client_setting_needs_no_lookup(stub: Stub) -> None:
    """A client that knows its organisation, as text or UUID, asks for none."""
    async with stub.client(organization_id=UUID(ORGANIZATION)) as cloud:
        await cloud.services.list()

    assert stub.paths == [SERVICES]


async def test_call_wins(stub: Stub) -> None:
    """An organisation that a call names beats the client's and causes no lookup."""
    async with stub.client() as knowing, seeking(stub) as unknowing:
        await knowing.services.list(organization_id="other")
        await unknowing.services.list(organization_id="other")

    assert stub.paths == ["/v1/organizations/other/services"] * 2


async def test_several_organisations(stub: Stub) -> None:
    """Where the credentials see several organisations, the error lists them to choose from."""
    stub.handler = serving(answering(organizations("first", "second")))

    async with seeking(stub) as cloud:
        with pytest.raises(ConfigurationError) as caught:
            await cloud.services.list()

    message = str(caught.value)
    assert "first (Name of first), second (Name of second)" in message
    assert "organization_id" in message
    assert stub.paths == [LOOKUP]


async def test_no_organisation(stub: Stub) -> None:
    """Where the credentials see no organisation, the call fails and says so."""
    stub.handler = serving(answering(organizations()))

    async with seeking(stub) as cloud:
        with pytest.raises(ConfigurationError, match="no organisation"):
            await cloud.services.list()


@pytest.mark.parametrize("odd", [None, "", ".."])
async def test_organisation_without_a_usable_id(stub: Stub, odd: str | None) -> None:
    """An organisation whose id is missing or unfit for a path is an error of this package."""
    stub.handler = serving(answering(organizations(odd)))

    async with seeking(stub) as cloud:
        with pytest.raises(CloudError):
            await cloud.services.list()

    assert stub.paths == [LOOKUP]


async def test_missing_id_is_a_decode_error(stub: Stub) -> None:
    """An organisation without an id is an answer that cannot be read."""
    stub.handler = serving(answering({"result": [{}]}))

    async with seeking(stub) as cloud:
        with pytest.raises(ResponseDecodeError):
            await cloud.services.list()


async def test_failure_is_not_remembered(stub: Stub) -> None:
    """After a failed lookup the next call asks again."""
    stub.answer({"error": "down"}, 503)

    async with seeking(stub) as cloud:
        with pytest.raises(ServerError) as caught:
            await cloud.services.list()
        stub.handler = serving(answering(organizations(ORGANIZATION)))
        await cloud.services.list()

    assert caught.value.operation == "organizationGetList"
    assert stub.paths == [LOOKUP, LOOKUP, SERVICES]


async def test_cancelled_first_caller(stub: Stub) -> None:
    """When the caller that asks is cancelled, those who wait for the answer still get theirs."""
    gate = Gate(after=answering(organizations(ORGANIZATION)))
    stub.handler = serving(gate)

    async with seeking(stub) as cloud:
        first = asyncio.create_task(cloud.services.list())
        others = [asyncio.create_task(cloud.services.list()) for _ in range(5)]
        await gate.entered.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        gate.opened.set()
        await asyncio.gather(*others)

    assert stub.paths.count(SERVICES) == 5
    assert stub.paths.count(LOOKUP) <= 2


async def test_lookup_counts_towards_the_time_limit(stub: Stub) -> None:
    """The time limit of a call includes the wait for its organisation."""
    stub.handler = serving(Gate())

    async with seeking(stub) as cloud:
        with pytest.raises(APITimeoutError) as caught:
            await cloud.services.list(timeout=0.05)

    assert caught.value.operation == "instanceGetList"
    # On a busy machine, the time is over before the lookup arrives.
    assert stub.paths in ([], [LOOKUP])


@pytest.mark.parametrize("bad", [".", "..", " ", "\udcff"])
async def test_unusable_client_setting(stub: Stub, bad: str) -> None:
    """An organisation that would name another path is refused before anything is sent."""
    with pytest.raises(CloudError):
        async with stub.client(organization_id=bad) as cloud:
            await cloud.services.list()

    assert stub.requests == []


async def test_unusable_environment_variable(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """An organisation from the environment meets the same rules."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", KEY)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", SECRET)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_ORGANIZATION_ID", "..")

    with pytest.raises(ConfigurationError, match="CLICKHOUSE_CLOUD_ORGANIZATION_ID"):
        AsyncClickHouseCloud(base_url=stub.url)

    assert stub.requests == []


async def test_organisation_is_one_path_segment(stub: Stub) -> None:
    """An organisation with a slash stays one segment of the path."""
    async with stub.client(organization_id="a/b?c") as cloud:
        await cloud.services.list()

    assert stub.paths == ["/v1/organizations/a%2Fb%3Fc/services"]
