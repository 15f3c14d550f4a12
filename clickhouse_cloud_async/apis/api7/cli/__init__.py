"""API7 Cloud's commands of ``chcloud``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_commands import account_commands
from clickhouse_cloud_async.cli.commands.tree import tree_commands
from clickhouse_cloud_async.cli.desired_commands import desired_commands
from clickhouse_cloud_async.cli.lazy import LazyCommand, by_name, function_command, make_group

from .commands import TREE

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.account_of import Account
    from clickhouse_cloud_async.cli.desired.about import DesiredOf
    from clickhouse_cloud_async.cli.lazy import LazyGroup

HELP = "API7 Cloud is under api7; its token comes from API7_CLOUD_TOKEN or a profile."
"""The text about this API in the help of the program."""

_ABOUT = "Manage API7 Cloud, or emulate it."


def commands() -> dict[str, LazyCommand]:
    """Return the group of this API by name."""
    return by_name(LazyCommand("api7", _ABOUT, _group))


def _group() -> LazyGroup:
    by_hand = by_name(
        function_command("api", "Send any request, known or not.", f"{__name__}.api"),
        function_command("status", "Show the status of the control planes.", f"{__name__}.status"),
        function_command("emulator", "Serve an emulated API7 Cloud.", f"{__name__}.emulator"),
    )
    desired, account = desired_commands(_desired), account_commands(_account)
    return make_group("api7", _ABOUT, by_hand | desired | account | tree_commands(TREE))


def _desired() -> DesiredOf:
    from .desired import DESIRED

    return DESIRED


def _account() -> Account:
    from .account import ACCOUNT

    return ACCOUNT
