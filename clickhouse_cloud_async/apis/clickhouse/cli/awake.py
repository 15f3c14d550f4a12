"""``chcloud services awake``: a command that runs while a service does."""

from __future__ import annotations

from typing import Annotated

import typer

from clickhouse_cloud_async.cli.options import Options, with_options


@with_options
def awake(
    options: Options,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="ID or name of the service.")],
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND...", help="Command to run, with its arguments."),
    ],
    *,
    stop_again: Annotated[
        bool,
        typer.Option("--stop-again", help="Stop the service afterwards if it was stopped before."),
    ] = False,
) -> None:
    """Start or wake a service, run a command while it runs, and exit with its exit code.

    A signal that ends this program is passed on to the command. The service is stopped again, with
    --stop-again, however the command ends. --timeout is the time until the service runs, half an
    hour by default.

    chcloud services awake etl --stop-again -- python load.py --day yesterday
    """
    from clickhouse_cloud_async.cli.child import check_program

    from .awake_run import run_awake

    check_program(command[0])
    raise typer.Exit(run_awake(options, service, command, stop_again=stop_again))
