"""Omnistrate's commands of ``chcloud``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

HELP = "Omnistrate is under omnistrate; its API key comes from OMNISTRATE_API_KEY or a profile."
"""What the help of the program says of this API."""


def add_commands(app: typer.Typer) -> None:
    """Add the group of this API.

    Args:
        app: The program.
    """
    import typer

    from clickhouse_cloud_async.cli.account import add_account_commands

    from . import account, api, emulator, status

    group = typer.Typer(no_args_is_help=True, help="Look at Omnistrate, or emulate it.")
    add_account_commands(group, account.ACCOUNT)
    group.command()(api.api)
    group.command()(status.status)
    group.command()(emulator.emulator)
    app.add_typer(group, name="omnistrate")
