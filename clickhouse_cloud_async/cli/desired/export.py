"""Exports a description of the existing resources."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note
from clickhouse_cloud_async.cli.results import show

from .looking import observation_progress

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.export import Exported

    from .about import DesiredOf
    from .options import Exporting


def export_fleet(about: DesiredOf, options: Options, name: str, exporting: Exporting) -> None:
    """Print a description of the existing resources, and report missing parts.

    Args:
        about: The API.
        options: How to reach the API and how to print; a table means YAML.
        name: The name of the fleet that is described.
        exporting: The resources to describe, and the file to write.

    Raises:
        CloudError: The actual state could not be read.
        BadParameter: The file exists already, or cannot be created.
    """

    async def export() -> Exported:
        async with about.open(options) as verbs, observation_progress() as on_progress:
            return await verbs.export(name, on_progress=on_progress, **exporting.arguments)

    exported = asyncio.run(export())
    for lack in exported.notes:
        note(lack)
    if exporting.file is not None:
        _write(exporting.file, exported.to_yaml())
    elif options.query is None and options.format in {Output.TABLE, Output.YAML}:
        typer.echo(exported.to_yaml(), nl=False)
    else:
        show(options, exported.to_dict())


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise typer.BadParameter(f"{error.strerror}: {file}", param_hint="--file") from None
