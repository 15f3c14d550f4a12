"""``chcloud services``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.options import Changing, Options, with_options

from .connection import run

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.models import Service, ServiceCommandText

app: typer.Typer = typer.Typer(
    no_args_is_help=True, help="List, show, start, stop and wake services."
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_Service = Annotated[
    str, typer.Argument(metavar="SERVICE", help="ID or exact name of the service.")
]
_Tags = Annotated[
    list[str],
    typer.Option(
        "--tag", metavar="KEY[=VALUE]", help="Only services that have this tag. Repeatable."
    ),
]
_Wait = Annotated[bool, typer.Option("--wait", help="Return only when the service is there.")]


@app.command("list")
@with_options
def list_services(options: Options, tags: _Tags = []) -> None:  # noqa: B006 - typer copies it
    """List the services of the organisation."""
    from .service_fields import COLUMNS

    filters = [f"tag:{tag}" for tag in tags]
    run(options, lambda cloud: cloud.services.list(filter=filters), fields=COLUMNS)


@app.command()
@with_options
def get(options: Options, service: _Service) -> None:
    """Show one service."""
    from .service_fields import DETAILS

    async def find(cloud: AsyncClickHouseCloud) -> Service:
        return await cloud.services.get(await _find_id(cloud, service))

    run(options, find, fields=DETAILS)


@app.command()
@with_options
def start(options: Options, service: _Service, changing: Changing, *, wait: _Wait = False) -> None:
    """Start a stopped service."""
    _change_state(options, service, changing, "start", wait=wait)


@app.command()
@with_options
def stop(options: Options, service: _Service, changing: Changing, *, wait: _Wait = False) -> None:
    """Stop a running or idle service."""
    _change_state(options, service, changing, "stop", wait=wait)


@app.command()
@with_options
def wake(options: Options, service: _Service, changing: Changing, *, wait: _Wait = False) -> None:
    """Wake an idle service."""
    _change_state(options, service, changing, "awake", wait=wait)


def _change_state(
    options: Options,
    service: str,
    changing: Changing,
    command: ServiceCommandText,
    *,
    wait: bool,
) -> None:
    from .service_fields import CHANGED

    async def change(cloud: AsyncClickHouseCloud) -> Service:
        service_id = await _find_id(cloud, service)
        changed = await cloud.services.update_state(service_id, command=command)
        if wait:
            from .service_wait import GOALS, wait_until

            changed = await wait_until(cloud, changed, GOALS[command], options.timeout)
        return changed

    run(options, change, changing=changing, fields=CHANGED)


async def _find_id(cloud: AsyncClickHouseCloud, service: str) -> str:
    return service if _UUID.fullmatch(service) else (await cloud.services.get_by_name(service)).id
