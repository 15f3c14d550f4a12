"""ClickHouse Cloud's commands of ``chcloud``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_commands import account_commands
from clickhouse_cloud_async.cli.commands.tree import tree_commands
from clickhouse_cloud_async.cli.lazy import by_name, function_command, typer_command

from .commands import TREE

if TYPE_CHECKING:
    import typer

    from clickhouse_cloud_async.cli.account_of import Account
    from clickhouse_cloud_async.cli.lazy import LazyCommand

HELP = (
    "Manage ClickHouse Cloud from the command line."
    "\n\nCredentials come from CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET (or"
    " CLICKHOUSE_CLOUD_TOKEN), or from a profile; never from the command line, where other users"
    " of the machine could see them."
)
"""The text about this API in the help of the program."""


def commands() -> dict[str, LazyCommand]:
    """Return the commands and groups of this API by name."""
    by_hand = by_name(
        function_command("api", "Send any request, known or not.", f"{__name__}.api"),
        function_command("query", "Run SQL on a service.", f"{__name__}.query"),
        typer_command("fleet", "Act on many services at once, or apply a description.", _fleet),
        function_command("emulator", "Serve an emulated ClickHouse Cloud.", f"{__name__}.emulator"),
        function_command(
            "demo", "Start and wake a fleet of emulated services.", f"{__name__}.demo"
        ),
        typer_command("contract", "Compare the API's contract with a specification.", _contract),
    )
    in_services = by_name(
        function_command("awake", "Run a command while a service runs.", f"{__name__}.awake"),
        function_command(
            "connection",
            "Print the connection settings of a service.",
            f"{__name__}.connection_command",
        ),
    )
    groups = tree_commands(TREE, {"services": in_services})
    return by_hand | account_commands(_account) | groups


def _fleet() -> typer.Typer:
    from .fleet_described import app

    return app


def _contract() -> typer.Typer:
    from clickhouse_cloud_async.cli.contract import contract_commands

    return contract_commands("clickhouse")


def _account() -> Account:
    from .account import ACCOUNT

    return ACCOUNT
