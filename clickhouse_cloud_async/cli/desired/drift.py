"""Reports differences between resources and their description."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import typer

from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import print_lines, stdout
from clickhouse_cloud_async.cli.results import show
from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.codec import json_bytes

from .looking import observation_progress
from .plan import load

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.drift import FleetDrift

    from .about import DesiredOf
    from .options import Planning


def show_drift(
    about: DesiredOf, options: Options, files: Sequence[Path], planning: Planning
) -> None:
    """Print the differences between resources and their description.

    Args:
        about: The API.
        options: How to reach the API and how to print.
        files: The description.
        planning: The part of it to compare.

    Raises:
        CloudError: The actual state could not be read.
        CommandError: The files have errors.
        Exit: There are differences.
    """
    desired = load(about, files)

    async def find() -> FleetDrift:
        async with about.open(options) as verbs, observation_progress() as on_progress:
            return await verbs.drift(desired, on_progress=on_progress, **_arguments(planning))

    drift = asyncio.run(find())
    if options.query is None and options.format is Output.TABLE:
        print_lines(stdout(), str(drift))
    elif options.query is None and options.format is Output.MARKDOWN:
        typer.echo(drift.plan.to_markdown())
    else:
        show(options, drift.to_dict())
    if not drift.is_empty:
        raise typer.Exit(ExitCode.CHANGES)


def watch_drift(
    about: DesiredOf, options: Options, files: Sequence[Path], planning: Planning, *, every: float
) -> None:
    """Print the differences between resources and their description, whenever they change.

    Args:
        about: The API.
        options: How to reach the API and how to print; the timeout ends the watch.
        files: The description.
        planning: The part of it to compare.
        every: Seconds between two comparisons.

    Raises:
        BadParameter: The output format cannot be streamed.
    CloudError: The actual state could not be read at first.
    CommandError: The files have errors.
    """
    if options.format not in {Output.TABLE, Output.JSON, Output.JSONL}:
        raise typer.BadParameter(
            f"a watch cannot be printed as {options.format}: pass table, json or jsonl",
            param_hint="--output",
        )
    desired = load(about, files)

    async def watch() -> None:
        limit = asyncio.timeout(checked_timeout(options.timeout))
        async with about.open(options) as verbs:
            # If the timeout ends the watch, it is closed at once.
            drifts = cast(
                "AsyncGenerator[FleetDrift]",
                verbs.watch_drift(
                    desired,
                    only=planning.only or None,
                    targets=planning.target or None,
                    every=every,
                    since=planning.since,
                    max_age=planning.max_age,
                ),
            )
            try:
                async with limit, aclosing(drifts):
                    async for drift in drifts:
                        _print(drift, as_json=options.format.is_json)
            except TimeoutError:
                if not limit.expired():
                    raise

    asyncio.run(watch())


def _print(drift: FleetDrift, *, as_json: bool) -> None:
    # Each line is flushed at once: a reader may act on it.
    if as_json:
        typer.echo(json_bytes(drift.to_dict()))
    else:
        print_lines(stdout(), str(drift))


def _arguments(planning: Planning) -> dict[str, Any]:
    return {name: value for name, value in planning.arguments.items() if name != "resend"}
