"""``chcloud demo``: a fleet of emulated services, brought up concurrently."""

from __future__ import annotations

from typing import Annotated

import typer

from clickhouse_cloud_async.cli.emulating import refuse_options


def demo(
    context: typer.Context,
    services: Annotated[int, typer.Option(min=1, help="Number of services.")] = 40,
    time_scale: Annotated[
        float, typer.Option(min=1, max=1000, help="Emulated seconds per real second.")
    ] = 15,
    seed: Annotated[int, typer.Option(help="Seed of the generated values.")] = 0,
) -> None:
    """Start and wake all services of an emulated organisation concurrently.

    Needs no account and no network: the API runs inside this process.
    """
    refuse_options(context, "the demo serves its own API")
    import asyncio

    from .demo_run import run_demo

    asyncio.run(run_demo(services, time_scale, seed))
