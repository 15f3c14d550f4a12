"""``chcloud demo``: a fleet of emulated services, brought up concurrently."""

from __future__ import annotations

from typing import Annotated

import typer

from clickhouse_cloud_async.cli.emulating import refuse_options


def demo(
    context: typer.Context,
    services: Annotated[int, typer.Option(min=1, help="How many services there are.")] = 40,
    time_scale: Annotated[
        float, typer.Option(min=1, max=1000, help="How much faster than real time passes.")
    ] = 15,
    seed: Annotated[int, typer.Option(help="What is made up depends on it.")] = 0,
) -> None:
    """Start and wake every service of an emulated organisation, all at once.

    Needs no account and no network: the API runs inside this process.
    """
    refuse_options(context, "the demo has an API of its own")
    import asyncio

    from .demo_run import run_demo

    asyncio.run(run_demo(services, time_scale, seed))
