"""Compares a fleet with its description, and brings it there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from clickhouse_cloud_async.cli.confirm import ask, check_terminal
from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note, print_lines, stderr, stdout
from clickhouse_cloud_async.cli.results import show
from clickhouse_cloud_async.fleet import DescriptionError, DesiredFleet, Report

from .connection import open_fleet
from .fleet_action import run_and_report
from .passwords import kept_passwords

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet, FleetProgress, Plan

    from .fleet_action import Begin
    from .fleet_options import Applying
    from .passwords import Passwords


def show_plan(options: Options, file: Path, *, code: ExitCode) -> None:
    """Print what has to happen.

    Args:
        options: How to reach the API and how to print.
        file: The description.
        code: The exit code where something has to happen.

    Raises:
        CloudError: What there is could not be found out.
        CommandError: The file has mistakes.
        Exit: Something has to happen, or cannot.
    """
    plan = _plan(options, file)
    if options.format is not Output.TABLE or options.query is not None:
        show(options, plan.to_dict())
    else:
        print_lines(stdout(), str(plan))
    if plan.refused:
        raise typer.Exit(ExitCode.FAILED)
    if not plan.is_empty:
        raise typer.Exit(code)


def apply_description(options: Options, file: Path, applying: Applying) -> None:
    """Show what has to happen, ask, and carry it out.

    Args:
        options: How to reach the API and how to print.
        file: The description.
        applying: What is allowed.

    Raises:
        CloudError: What there is could not be found out.
        BadParameter: There is no terminal to ask on.
        Abort: Consent was refused.
        CommandError: The file has mistakes.
        Exit: Some services are not as they are described.
    """
    if not applying.yes:
        check_terminal("--yes")
    plan = _plan(options, file)
    print_lines(stderr(), str(plan))
    if plan.removals and not applying.allow_delete:
        note("what would be removed is left: to delete it, give --allow-delete")
    if not (plan.is_empty or applying.yes):
        ask("Carry this out?")
    if plan.is_empty and options.format is Output.TABLE:
        return
    with kept_passwords(applying.passwords if plan.additions else None) as passwords:
        run_and_report(options, _application(options, plan, applying, passwords), Report())


def _plan(options: Options, file: Path) -> Plan:
    async def compare(desired: DesiredFleet) -> Plan:
        async with open_fleet(options) as fleet:
            return await fleet.plan(desired)

    try:
        return asyncio.run(compare(DesiredFleet.load(file)))
    except DescriptionError as error:
        issues = [str(issue) for issue in error.issues]
        raise CommandError("\n".join(issues), ExitCode.USAGE, {"issues": issues}) from None


def _application(options: Options, plan: Plan, applying: Applying, passwords: Passwords) -> Begin:
    async def begin(
        fleet: AsyncFleet, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        def show_progress(progress: FleetProgress) -> None:
            passwords.keep(progress.outcome)
            on_progress(progress)

        return await fleet.apply(
            plan,
            allow_delete=applying.allow_delete,
            timeout=options.timeout,
            on_error=applying.on_error.value,
            on_progress=show_progress,
            report=report,
        )

    return begin
