"""Converts states of Terraform to a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from clickhouse_cloud_async.cli.commands.values import read_content
from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note, print_lines, stderr
from clickhouse_cloud_async.cli.results import show
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet import from_terraform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import Conversion


def convert_states(
    options: Options, files: Sequence[str], fleet: str, clickstack_service: str | None
) -> None:
    """Print the document for states of Terraform, and notes about missing values.

    Args:
        options: How to print; a table means YAML.
        files: The states; ``-`` for standard input.
        fleet: Name of the fleet.
        clickstack_service: The service whose ClickStack the provider manages.

    Raises:
        BadParameter: A file cannot be read.
        CommandError: A file is not a state.
    """
    states = [read_content(file, "STATE") for file in files]
    try:
        conversion = from_terraform(*states, fleet=fleet, clickstack_service=clickstack_service)
    except InvalidArgumentError as error:
        raise CommandError(error.message, ExitCode.USAGE) from None
    if options.query is None and options.format in {Output.TABLE, Output.YAML}:
        typer.echo(conversion.text, nl=False)
        _tell(conversion)
    else:
        show(options, conversion.to_dict())


def _tell(conversion: Conversion) -> None:
    """Print notes about a conversion."""
    if conversion.secrets:
        note("set these variables to the values from the state or the configuration:")
        print_lines(stderr(), "\n".join(f"  {each}" for each in conversion.secrets))
    if conversion.losses:
        note("not in the document:")
        print_lines(stderr(), "\n".join(f"  {each}" for each in conversion.losses))
