"""Shows the plan of a description."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import print_lines, stdout
from clickhouse_cloud_async.cli.results import show
from clickhouse_cloud_async.desired.files import load_files
from clickhouse_cloud_async.desired.prices import Prices
from clickhouse_cloud_async.desired.validation import DescriptionError

from .looking import observation_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeVar

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.plan import Plan

    from .about import DesiredOf
    from .options import Planning, Showing

    T = TypeVar("T")


def show_plan(  # noqa: PLR0913, PLR0917 - each is a group of options
    about: DesiredOf,
    options: Options,
    files: Sequence[Path],
    planning: Planning,
    showing: Showing,
    prices_file: Path | None = None,
) -> None:
    """Print the plan.

    Args:
        about: The API.
        options: How to reach the API and how to print.
        files: The description.
        planning: The part of it to compare.
        showing: Options of `plan`, such as the exit code.
        prices_file: File with prices; None to show no costs.

    Raises:
        CloudError: The actual state could not be read.
        CommandError: A file has errors.
        Exit: There are changes, or changes that cannot be made.
    """
    prices = None if prices_file is None else _checked(lambda: Prices.load(prices_file))
    plan = compare(
        about, options, load(about, files), destroy=showing.destroy, **planning.arguments
    )
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


def load(about: DesiredOf, files: Sequence[Path]) -> Description:
    """Read the description.

    Args:
        about: The API.
        files: YAML files, and folders of them.

    Raises:
        CommandError: The files have errors.
    """
    return _checked(lambda: load_files(about.load_engine().kinds, files))


def _checked(read: Callable[[], T]) -> T:
    """Read files, and convert their errors to errors of the command line."""
    try:
        return read()
    except DescriptionError as error:
        issues = [str(issue) for issue in error.issues]
        raise CommandError("\n".join(issues), ExitCode.USAGE, {"issues": issues}) from None


def compare(about: DesiredOf, options: Options, desired: Description, **arguments: Any) -> Plan:
    """Return the plan, and show the progress if it takes long.

    Args:
        about: The API.
        options: How to reach it.
        desired: The description.
        **arguments: Arguments of `plan`.

    Raises:
        CloudError: The actual state could not be read.
    """

    async def look() -> Plan:
        async with about.open(options) as verbs, observation_progress() as on_progress:
            return await verbs.plan(desired, on_progress=on_progress, **arguments)

    return asyncio.run(look())
