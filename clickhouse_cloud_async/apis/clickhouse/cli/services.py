"""``chcloud services``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.options import Options, with_options
from clickhouse_cloud_async.cli.output import show_item, show_list

from .connection import connect

if TYPE_CHECKING:
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.models import ServiceCommandText

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

    with connect(options) as cloud:
        services = cloud.services.list(filter=[f"tag:{tag}" for tag in tags])
    show_list(options.output, services, COLUMNS)


@app.command()
@with_options
def get(options: Options, service: _Service) -> None:
    """Show one service."""
    from .service_fields import DETAILS

    with connect(options) as cloud:
        found = cloud.services.get(_find_id(cloud, service))
    show_item(options.output, found, DETAILS)


@app.command()
@with_options
def start(options: Options, service: _Service, *, wait: _Wait = False) -> None:
    """Start a stopped service."""
    _change_state(options, service, "start", wait=wait)


@app.command()
@with_options
def stop(options: Options, service: _Service, *, wait: _Wait = False) -> None:
    """Stop a running or idle service."""
    _change_state(options, service, "stop", wait=wait)


@app.command()
@with_options
def wake(options: Options, service: _Service, *, wait: _Wait = False) -> None:
    """Wake an idle service."""
    _change_state(options, service, "awake", wait=wait)


def _change_state(
    options: Options, service: str, command: ServiceCommandText, *, wait: bool
) -> None:
    from .service_fields import CHANGED

    with connect(options) as cloud:
        changed = cloud.services.update_state(_find_id(cloud, service), command=command)
        if wait:
            from .service_wait import GOALS, wait_until

            changed = wait_until(cloud, changed, GOALS[command], options.timeout)
    show_item(options.output, changed, CHANGED)


def _find_id(cloud: ClickHouseCloud, service: str) -> str:
    return service if _UUID.fullmatch(service) else cloud.services.get_by_name(service).id
