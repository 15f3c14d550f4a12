"""``chcloud fleet``: fleets as files describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.desired.about import DesiredOf
from clickhouse_cloud_async.cli.desired.commands import add_desired_commands
from clickhouse_cloud_async.cli.options import Options, with_options

from .connection import open_fleet
from .fleet import app

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.engine import Engine

__all__ = ["app"]


def _load_engine() -> Engine:
    from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE

    return ENGINE


DESIRED = DesiredOf(_load_engine, open_fleet, "services", has_prices=True)

add_desired_commands(app, DESIRED)


@app.command("from-terraform")
@with_options
def from_terraform(
    options: Options,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="STATE...",
            help="Files that `terraform show -json` has written; - for standard input.",
        ),
    ],
    fleet: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the fleet in the document.")
    ] = "terraform",
    clickstack_service: Annotated[
        str | None,
        typer.Option(
            metavar="SERVICE",
            help="Name or ID of the service with the ClickStack resources.",
        ),
    ] = None,
) -> None:
    """Print a description of the resources in a Terraform state, as YAML.

    Secrets are replaced with references to environment variables. Everything that cannot be
    converted is listed on stderr. Nothing is sent.
    """
    from .fleet_terraform import convert_states

    convert_states(options, files, fleet, clickstack_service)


@app.command()
def prices() -> None:
    """Print an example of a file for --prices, with invented prices."""
    from clickhouse_cloud_async.apis.clickhouse.resources.prices import EXAMPLE_PRICES

    typer.echo(EXAMPLE_PRICES, nl=False)
