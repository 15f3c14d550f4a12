"""Pipes of databases pause for a change, and go on after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    BadRequestError,
    InvalidArgumentError,
    PartialFailureError,
    Polling,
    ServerError,
)
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse
from tests.emulator import pipes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from clickhouse_cloud_async.emulator import RecordedRequest
    from clickhouse_cloud_async.models import ClickPipe

SPEED = 300
CUSTOMERS = {
    "source_schema_name": "public",
    "source_table": "customers",
    "target_table": "customers",
}
MORE: Any = {"postgres": {"table_mappings_to_add": [CUSTOMERS]}}


@attrs.frozen
class World:
    """A service with a pipe, and a client.

    Attributes:
        emulator: The emulator.
        cloud: The client.
        service: ID of the service.
        after: What happens after each request for an operation.
    """

    emulator: Emulator
    cloud: AsyncClickHouseCloud
    service: str
    after: dict[str, Callable[[], object]]

    async def pipe(self, kind: str) -> ClickPipe:
        """Create a pipe that runs."""
        changes = {"settings": {"replicationMode": "cdc"}} if kind == "postgres" else {}
        body: Any = pipes.body(kind, changes)
        made = await self.cloud.clickpipes.create(self.service, **body)
        found = await self.cloud.clickpipes.wait_until(self.service, made.id, "Running")
        self.emulator.requests.clear()
        return found

    async def get(self, pipe: ClickPipe) -> ClickPipe:
        """The pipe as it is."""
        return await self.cloud.clickpipes.get(self.service, pipe.id)

    def commands(self) -> list[Any]:
        """Return what was sent, without what only reads: commands, and ``edit`` for a change."""
        bodies = [(each.operation_id, each.body) for each in self.emulator.requests if each.body]
        return [
            body["command"] if operation == "clickPipeStateUpdate" else "edit"
            for operation, body in bodies
            if isinstance(body, dict)
        ]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An emulator whose time passes quickly."""
    services = [{"name": "etl", "state": "running", "idleScaling": False}]
    after: dict[str, Callable[[], object]] = {}

    def on_request(request: RecordedRequest) -> None:
        after.get(request.operation_id or "", lambda: None)()

    async with (
        Emulator(services, time_scale=SPEED, on_request=on_request) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            rate_limit=None,
            retry=1,
            polling=Polling(speed=SPEED),
        ) as cloud,
    ):
        yield World(emulator, cloud, (await cloud.services.get_by_name("etl")).id, after)


def tables(pipe: ClickPipe) -> list[str | None]:
    """The tables that a pipe of Postgres brings."""
    assert pipe.source is not None
    assert pipe.source.postgres is not None
    return [mapping.source_table for mapping in pipe.source.postgres.table_mappings or ()]


async def test_edit_pauses_changes_and_resumes(world: World) -> None:
    """`update` is refused while the pipe runs; `edit` brings the change, and the pipe goes on."""
    pipe = await world.pipe("postgres")
    with pytest.raises(BadRequestError, match="must be paused"):
        await world.cloud.clickpipes.update(world.service, pipe.id, source=MORE)
    world.emulator.requests.clear()

    edited = await world.cloud.clickpipes.edit(world.service, pipe.id, source=MORE)

    assert world.commands()[:2] == ["stop", "edit"]
    assert edited.state not in {"Paused", "Pausing"}
    assert tables(edited) == ["orders", "customers"]
    assert (await world.cloud.clickpipes.wait_until(world.service, pipe.id, "Running")).id


async def test_paused_pipe_is_paused_again(world: World) -> None:
    """The API lets it go on after the change; it ends as it was."""
    pipe = await world.pipe("postgres")
    await world.cloud.clickpipes.stop(world.service, pipe.id)
    await world.cloud.clickpipes.wait_until(world.service, pipe.id, "Paused")

    edited = await world.cloud.clickpipes.edit(world.service, pipe.id, source=MORE)

    assert (edited.state, tables(edited)) == ("Paused", ["orders", "customers"])


async def test_pipe_goes_on_after_a_change_that_fails(world: World) -> None:
    """The error is that of the change, and the pipe is started again."""
    pipe = await world.pipe("postgres")
    gone: Any = {"postgres": {"table_mappings_to_remove": [CUSTOMERS]}}
    with pytest.raises(BadRequestError):
        await world.cloud.clickpipes.edit(world.service, pipe.id, source=gone)

    assert world.commands() == ["stop", "edit", "start"]
    assert (await world.get(pipe)).state not in {"Paused", "Pausing"}


async def test_pipe_that_is_left_paused_is_an_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The error says both what failed and that the pipe is paused; a log line, too."""
    pipe = await world.pipe("postgres")
    faults = world.emulator.faults
    faults.add(ErrorResponse(501, "no change"), operation="clickPipeUpdate")
    refusal = ErrorResponse(403, "no start")
    world.after["clickPipeStateUpdate"] = lambda: faults.add(
        refusal, operation="clickPipeStateUpdate"
    )
    with pytest.raises(PartialFailureError, match=r"no change.*left paused.*no start") as caught:
        await world.cloud.clickpipes.edit(world.service, pipe.id, source=MORE)

    assert isinstance(caught.value.__cause__, ServerError)
    assert (await world.get(pipe)).state == "Paused"
    assert f"{pipe.id}) may be left paused" in caplog.text


async def test_other_pipes_are_changed_as_they_run(world: World) -> None:
    """A stream needs no pause."""
    pipe = await world.pipe("kafka")
    edited = await world.cloud.clickpipes.edit(world.service, pipe.id, name="renamed")

    assert world.commands() == ["edit"]
    assert (edited.name, edited.state) == ("renamed", "Running")


async def test_mistake_is_refused_before_the_pipe_pauses(world: World) -> None:
    """Nothing is sent for a change that cannot be."""
    pipe = await world.pipe("postgres")
    wrong: Any = {"postgres": {"tables": []}}
    with pytest.raises(InvalidArgumentError, match="source"):
        await world.cloud.clickpipes.edit(world.service, pipe.id, source=wrong)

    assert world.emulator.requests == []
