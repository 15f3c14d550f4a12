"""Applies descriptions, and deletes described resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.action import Action, run_and_report
from clickhouse_cloud_async.cli.confirm import ask, ask_number, check_terminal
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note, print_lines, stderr
from clickhouse_cloud_async.fleet.report import Report

from .plan import compare, load
from .secrets_file import kept_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs
    from clickhouse_cloud_async.fleet.progress import FleetProgress

    from .about import DesiredOf
    from .options import Applying, Planning
    from .secrets_file import SecretsFile


def apply_description(
    about: DesiredOf,
    options: Options,
    files: Sequence[Path],
    planning: Planning,
    applying: Applying,
) -> None:
    """Show the plan, ask for confirmation, and apply it.

    Args:
        about: The API.
        options: How to reach the API and how to print.
        files: The description.
        planning: The part of it to apply.
        applying: Options of `apply`, such as the allowed deletions.

    Raises:
        CloudError: The actual state could not be read.
        BadParameter: Confirmation is needed, but there is no terminal.
        Abort: The user declined.
        CommandError: A file has errors.
        Exit: Some resources are not as described.
    """
    if not applying.yes:
        check_terminal("--yes")
    plan = compare(about, options, load(about, files), **planning.arguments)
    print_lines(stderr(), str(plan))
    if plan.removals and not applying.deletions:
        note("resources that would be deleted are kept: to delete them, pass --allow-delete")
    if not (plan.is_empty or applying.yes):
        ask("Apply these changes?")
    if plan.is_empty and options.format is Output.TABLE:
        return
    with kept_secrets(applying.passwords if plan.additions else None) as secrets:
        action = _application(about, options, plan, applying, secrets)
        run_and_report(options, action, Report(), kind=about.main_kind)


def destroy_description(
    about: DesiredOf, options: Options, files: Sequence[Path], *, confirm: int | None, yes: bool
) -> None:
    """Show the resources to delete, ask for their number, and delete them.

    Args:
        about: The API.
        options: How to reach the API and how to print.
        files: The description.
        confirm: Number of resources to delete; None to ask for it.
        yes: Whether to delete them without confirmation.

    Raises:
        CloudError: The actual state could not be read.
        BadParameter: Confirmation is needed, but there is no terminal.
        CommandError: A file has errors.
        Exit: Some resources still exist.
    """
    if confirm is None and not yes:
        check_terminal("--confirm COUNT or --yes")
    desired = load(about, files)
    if confirm is None:
        plan = compare(about, options, desired, destroy=True)
        print_lines(stderr(), str(plan))
        count = len(plan.removals)
        confirm = count if yes or not count else ask_number("Number of resources to delete?")

    async def begin(
        verbs: AsyncDesiredVerbs, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        return await verbs.destroy(
            desired,
            confirm=confirm or 0,
            timeout=options.timeout,
            on_progress=on_progress,
            report=report,
        )

    run_and_report(options, Action(about.open, begin), Report(), kind=about.main_kind)


def _application(
    about: DesiredOf, options: Options, plan: Plan, applying: Applying, secrets: SecretsFile
) -> Action[AsyncDesiredVerbs]:
    async def begin(
        verbs: AsyncDesiredVerbs, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        def show_progress(progress: FleetProgress) -> None:
            secrets.keep(progress.outcome)
            on_progress(progress)

        return await verbs.apply(
            plan,
            allow_delete=applying.deletions,
            parallel=applying.parallel,
            timeout=options.timeout,
            on_error=applying.on_error.value,
            on_progress=show_progress,
            report=report,
        )

    return Action(about.open, begin)
