"""``chcloud organizations``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from clickhouse_cloud_async.cli.options import Options, with_options

from .connection import run

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.output import Fields
    from clickhouse_cloud_async.models import Organization

app: typer.Typer = typer.Typer(no_args_is_help=True, help="List organisations.")

_COLUMNS: Fields[Organization] = {
    "name": lambda organization: organization.name,
    "id": lambda organization: organization.id,
    "created": lambda organization: organization.created_at,
}


@app.callback()
def _group() -> None:
    # With one command and no callback, typer would take the group for the command.
    pass


@app.command("list")
@with_options
def list_organizations(options: Options) -> None:
    """List the organisations that the credentials see."""
    run(options, lambda cloud: cloud.organizations.list(), fields=_COLUMNS)
