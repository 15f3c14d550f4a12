"""``chcloud organizations``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .options import Options, with_options
from .output import show_list

if TYPE_CHECKING:
    from clickhouse_cloud_async.models import Organization

    from .output import Fields

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
    with options.connect() as cloud:
        show_list(options.output, cloud.organizations.list(), _COLUMNS)
