"""Shows the services to delete, and asks for confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.confirm import ask_number, check_terminal
from clickhouse_cloud_async.cli.output import note

from .fleet_status import find_services

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.options import Options

    from .fleet_options import Selectors


def ask_how_many(options: Options, selectors: Selectors) -> int:
    """Ask for the number of services to delete.

    Args:
        options: How to reach the API.
        selectors: Options that select services.

    Raises:
        BadParameter: Confirmation is needed, but there is no terminal.
    CloudError: The services could not be listed.
    """
    check_terminal("--confirm COUNT or --yes")
    found = find_services(options, selectors)
    for each in found:
        note(f"{each.service.name}  {each.service.state}  {each.service.id}")
    if not found:
        return 0
    return ask_number(f"Number of services to delete? (These are {len(found)})")


def how_many(options: Options, selectors: Selectors) -> int:
    """Return the number of services to delete, if prompts are disabled.

    Args:
        options: How to reach the API.
        selectors: Options that select services.

    Raises:
        CloudError: The services could not be listed.
    """
    return len(find_services(options, selectors))
