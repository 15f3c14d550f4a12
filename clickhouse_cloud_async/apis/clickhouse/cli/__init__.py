"""ClickHouse Cloud's commands of ``chcloud``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

HELP = (
    "Drive ClickHouse Cloud from the command line."
    "\n\nCredentials come from CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET (or"
    " CLICKHOUSE_CLOUD_TOKEN), or from a profile; never from the command line, where other users"
    " of the machine could see them."
)
"""What the help of the program says of this API."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands and groups of this API.

    Args:
        app: The program.
    """
    from clickhouse_cloud_async.cli.account import add_account_commands
    from clickhouse_cloud_async.cli.contract import contract_commands

    from . import account, api, demo, emulator, fleet, organizations, services

    app.command()(api.api)
    add_account_commands(app, account.ACCOUNT)
    app.command()(demo.demo)
    app.command()(emulator.emulator)
    app.add_typer(services.app, name="services")
    app.add_typer(fleet.app, name="fleet")
    app.add_typer(organizations.app, name="organizations")
    app.add_typer(contract_commands("clickhouse"), name="contract")
