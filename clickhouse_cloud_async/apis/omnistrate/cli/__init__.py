"""Omnistrate's commands of ``chcloud``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_commands import account_commands
from clickhouse_cloud_async.cli.commands.tree import tree_commands
from clickhouse_cloud_async.cli.lazy import LazyCommand, by_name, function_command, make_group

from .commands import TREE

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.account_of import Account
    from clickhouse_cloud_async.cli.lazy import LazyGroup

HELP = "Omnistrate is under omnistrate; its API key comes from OMNISTRATE_API_KEY or a profile."
"""The text about this API in the help of the program."""

_ABOUT = "Manage Omnistrate, or emulate it."


def commands() -> dict[str, LazyCommand]:
    """Return the group of this API by name."""
    return by_name(LazyCommand("omnistrate", _ABOUT, _group))


def _group() -> LazyGroup:
    by_hand = by_name(
        function_command("api", "Send any request, known or not.", f"{__name__}.api"),
        function_command("status", "Show the status of the services.", f"{__name__}.status"),
        function_command("emulator", "Serve an emulated Omnistrate.", f"{__name__}.emulator"),
    )
    account = account_commands(_account)
    return make_group("omnistrate", _ABOUT, by_hand | account | tree_commands(TREE))


def _account() -> Account:
    from .account import ACCOUNT

    return ACCOUNT
