"""Compares a fleet with its description, and brings it there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.cli.confirm import ask, ask_number, check_terminal
from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note, print_lines, stderr, stdout
from clickhouse_cloud_async.cli.results import show
from clickhouse_cloud_async.desired.plan import duration
from clickhouse_cloud_async.fleet import DescriptionError, DesiredFleet, Prices, Report

from .connection import open_fleet
from .fleet_action import run_and_report
from .passwords import kept_passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeVar

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet, FleetProgress, Plan

    from .fleet_action import Begin
    from .fleet_options import Applying, Planning, Showing
    from .passwords import Passwords

    T = TypeVar("T")

_MANY = 20
"""So many requests are announced before they are sent."""


def show_plan(
    options: Options, files: Sequence[Path], planning: Planning, showing: Showing
) -> None:
    """Print what has to happen.

    Args:
        options: How to reach the API and how to print.
        files: What describes the fleet.
        planning: Which part of it is compared.
        showing: What is shown, and how the command ends.

    Raises:
        CloudError: What there is could not be found out.
        CommandError: A file has mistakes.
        Exit: Something has to happen, or cannot.
    """
    file = showing.prices
    prices = None if file is None else _checked(lambda: Prices.load(file))
    plan = _plan(options, load(files), destroy=showing.destroy, **planning.arguments)
    costs = None if prices is None else prices.costs(plan)
    if options.query is not None or options.format not in {Output.TABLE, Output.MARKDOWN}:
        show(options, plan.to_dict() | ({} if costs is None else {"costs": costs.to_dict()}))
    elif options.format is Output.MARKDOWN:
        typer.echo(plan.to_markdown() + ("" if costs is None else f"\n\n{costs.to_markdown()}"))
    else:
        print_lines(stdout(), str(plan) + ("" if costs is None else f"\n{costs}"))
    if plan.refused:
        raise typer.Exit(ExitCode.FAILED)
    if showing.exit_code and not plan.is_empty:
        raise typer.Exit(ExitCode.CHANGES)


def apply_description(
    options: Options, files: Sequence[Path], planning: Planning, applying: Applying
) -> None:
    """Show what has to happen, ask, and carry it out.

    Args:
        options: How to reach the API and how to print.
        files: What describes the fleet.
        planning: Which part of it is brought about.
        applying: What is allowed.

    Raises:
        CloudError: What there is could not be found out.
        BadParameter: There is no terminal to ask on.
        Abort: Consent was refused.
        CommandError: A file has mistakes.
        Exit: Some resources are not as they are described.
    """
    if not applying.yes:
        check_terminal("--yes")
    plan = _plan(options, load(files), **planning.arguments)
    print_lines(stderr(), str(plan))
    if plan.removals and not applying.deletions:
        note("what would be removed is left: to delete it, give --allow-delete")
    if not (plan.is_empty or applying.yes):
        ask("Carry this out?")
    if plan.is_empty and options.format is Output.TABLE:
        return
    with kept_passwords(applying.passwords if plan.additions else None) as passwords:
        run_and_report(options, _application(options, plan, applying, passwords), Report())


def destroy_description(
    options: Options, files: Sequence[Path], *, confirm: int | None, yes: bool
) -> None:
    """Show what would be deleted, ask for its number, and delete it.

    Args:
        options: How to reach the API and how to print.
        files: What describes the fleet.
        confirm: How many resources are to be deleted; None to ask.
        yes: Whether to delete them without being asked.

    Raises:
        CloudError: What there is could not be found out.
        BadParameter: There is no terminal to ask on.
        CommandError: A file has mistakes.
        Exit: Some resources are still there.
    """
    if confirm is None and not yes:
        check_terminal("--confirm COUNT or --yes")
    desired = load(files)
    if confirm is None:
        plan = _plan(options, desired, destroy=True)
        print_lines(stderr(), str(plan))
        count = len(plan.removals)
        confirm = count if yes or not count else ask_number("How many resources are to be deleted?")

    async def begin(
        fleet: AsyncFleet, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        return await fleet.destroy(
            desired,
            confirm=confirm or 0,
            timeout=options.timeout,
            on_progress=on_progress,
            report=report,
        )

    run_and_report(options, begin, Report())


def load(files: Sequence[Path]) -> DesiredFleet:
    """Read what is described.

    Args:
        files: YAML files, and folders of them.

    Raises:
        CommandError: They have mistakes.
    """
    return _checked(lambda: DesiredFleet.load(files))


def _checked(read: Callable[[], T]) -> T:
    """Return what is read from files whose mistakes are those of the command."""
    try:
        return read()
    except DescriptionError as error:
        issues = [str(issue) for issue in error.issues]
        raise CommandError("\n".join(issues), ExitCode.USAGE, {"issues": issues}) from None


def _plan(options: Options, desired: DesiredFleet, **arguments: Any) -> Plan:
    async def compare() -> Plan:
        async with open_fleet(options) as fleet:
            part = {name: arguments.get(name) for name in ("only", "targets")}
            requests = await fleet.look_requests(desired, **part)
            if requests >= _MANY:
                # Most of the time passes within the rate limit of the keys, one request a second.
                seconds = requests / len(fleet.members)
                note(f"looking takes about {requests} requests, {duration(seconds)}")
            return await fleet.plan(desired, **arguments)

    return asyncio.run(compare())


def _application(options: Options, plan: Plan, applying: Applying, passwords: Passwords) -> Begin:
    async def begin(
        fleet: AsyncFleet, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        def show_progress(progress: FleetProgress) -> None:
            passwords.keep(progress.outcome)
            on_progress(progress)

        return await fleet.apply(
            plan,
            allow_delete=applying.deletions,
            parallel=applying.parallel,
            timeout=options.timeout,
            on_error=applying.on_error.value,
            on_progress=show_progress,
            report=report,
        )

    return begin
