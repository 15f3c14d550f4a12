"""Prints the states of the services of a fleet."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import typer

from clickhouse_cloud_async.cli.action_report import show_failures
from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import show_parts, stdout
from clickhouse_cloud_async.cli.progress_display import states_text
from clickhouse_cloud_async.cli.results import show

from .connection import open_fleet
from .service_fields import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.cli.output import Fields
    from clickhouse_cloud_async.fleet import AsyncFleetService, MemberFailure
    from clickhouse_cloud_async.models import Service

    from .fleet_options import Selectors


def show_status(options: Options, selectors: Selectors, *, allow_empty: bool) -> None:
    """List services and count their states.

    Args:
        options: How to reach the API and how to print.
        selectors: Options that select services.
        allow_empty: Whether it is allowed that no service matches.

    Raises:
        CloudError: No client could list its services.
        CommandError: No service matches.
        Exit: Some could not be listed.
    """
    failures: list[MemberFailure] = []
    found = find_services(options, selectors, failures)
    _show(options, found)
    show_failures(options, failures, "services")
    if failures:
        raise typer.Exit(ExitCode.FAILED)
    check_matches(is_empty=not found, allow_empty=allow_empty)


def check_matches(*, is_empty: bool, allow_empty: bool) -> None:
    """Raise an error with its own exit code if no service matches and that is not allowed.

    Args:
        is_empty: Whether no service matches.
        allow_empty: Whether that is allowed.

    Raises:
        CommandError: No service matches, and that is not allowed.
    """
    if is_empty and not allow_empty:
        raise CommandError(
            "no service matches; if this is expected, pass --allow-empty", ExitCode.NOTHING_MATCHED
        )


def find_services(
    options: Options, selectors: Selectors, failures: list[MemberFailure] | None = None
) -> list[AsyncFleetService]:
    """List services.

    Args:
        options: How to reach the API.
        selectors: Options that select services.
        failures: If given, clients that fail are added to this list.

    Raises:
        CloudError: All clients failed, or one failed and `failures` is omitted.
    """
    return asyncio.run(_find(options, selectors, failures))


async def _find(
    options: Options, selectors: Selectors, failures: list[MemberFailure] | None
) -> list[AsyncFleetService]:
    async with open_fleet(options) as fleet:
        selection = fleet.select(**selectors.criteria)
        found = await selection.list(timeout=options.timeout, failures=failures)
        if failures and len(failures) == len(fleet.members):
            raise failures[0].error
    return found


def _show(options: Options, found: list[AsyncFleetService]) -> None:
    several = len({each.organization_id for each in found}) > 1
    organization: Fields[AsyncFleetService] = (
        {"organization": lambda each: each.organization_id} if several else {}
    )
    services = {title: _of_service(field) for title, field in COLUMNS.items()}
    show(options, found, {**services, **organization}, document=_document)
    if found and options.format is Output.TABLE and options.query is None:
        stdout().print()
        states = Counter(str(each.service.state) for each in found)
        show_parts({"services": len(found), "states": states_text(states)})


def _document(each: AsyncFleetService) -> dict[str, object]:
    return {"organization_id": each.organization_id, "service": each.service.to_dict()}


def _of_service(field: Callable[[Service], object]) -> Callable[[AsyncFleetService], object]:
    return lambda each: field(each.service)
