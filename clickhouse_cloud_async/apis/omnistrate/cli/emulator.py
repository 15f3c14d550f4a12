"""``chcloud omnistrate emulator``: Omnistrate on this machine, until it is interrupted."""

from __future__ import annotations

import shlex
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.options import Options

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator

PORT = 8686
"""Where it listens unless told otherwise, so that settings can be kept."""

KEPT_REQUESTS = 10_000
"""How many of the last requests the status page can show from."""


def emulator(  # noqa: PLR0913 - one option per trait of the emulated API
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = PORT,
    time_scale: Annotated[
        float, typer.Option(min=0, help="Emulated seconds per real second.")
    ] = 1.0,
    example: Annotated[
        bool,
        typer.Option("--example", help="Serve the documentation's service, called Postgres."),
    ] = False,
    services: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="YAML or JSON description of services, where nothing is kept yet."
        ),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that keeps everything across runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What is made up depends on it.")] = 0,
) -> None:
    """Serve an emulated Omnistrate on this machine, until it is interrupted.

    Prints where it listens and the owner's e-mail address and password, as settings for a shell.
    Its status page is at the same address.
    """
    if context.obj != Options():
        raise typer.BadParameter("the emulator is an API itself and takes no options about one")
    import anyio

    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
    from clickhouse_cloud_async.apis.omnistrate.emulator.population import EXAMPLE

    try:
        serving = OmnistrateEmulator(
            EXAMPLE if example else (),
            time_scale=time_scale,
            seed=seed,
            state=state,
            kept_requests=KEPT_REQUESTS,
            host=host,
            port=port,
        )
        if services is not None:
            serving.add_services(services)
    except (ValueError, OSError) as problem:
        raise typer.BadParameter(str(problem)) from None
    anyio.run(_serve, serving)


async def _serve(emulator: OmnistrateEmulator) -> None:
    import signal

    import anyio

    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        try:
            await emulator.__aenter__()
        except (ValueError, OSError) as problem:
            raise typer.BadParameter(str(problem)) from None
        try:
            typer.echo(f"# Status page: {emulator.url}/")
            for name, value in (
                ("URL", emulator.url),
                ("EMAIL", emulator.email),
                ("PASSWORD", emulator.password),
            ):
                typer.echo(f"export OMNISTRATE_{name}={shlex.quote(value)}")
            async for _ in signals:
                break
        finally:
            await emulator.__aexit__(None, None, None)
