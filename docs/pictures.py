"""Draws the pictures of the pages: the progress of a fleet, and the emulator's status page.

Both are made from a real run of forty services. The second needs Chromium; without it the pages are
built without that picture, and say so in the log.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from sphinx.util import logging

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling
from clickhouse_cloud_async.apis.clickhouse.cli.demo_run import Rise
from clickhouse_cloud_async.cli.progress_display import render
from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SERVICES = 40
TIME_SCALE = 20.0
SHARE = 0.6
"""The part of the services that run when the pictures are taken."""

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", _draw)
    return {"parallel_read_safe": True}


def _draw(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "pictures"
    folder.mkdir(exist_ok=True)
    if find_chromium() is not None:
        app.tags.add("chromium")
    else:
        logger.info("the picture of the status page is left out: Chromium is not installed")
    asyncio.run(_run(folder))


def find_chromium() -> str | None:
    """Return the path of a Chromium that is installed."""
    return next(filter(None, map(shutil.which, _CHROMIUM)), None)


async def _run(folder: Path) -> None:
    """Bring emulated services up, and draw them on the way."""
    async with (
        Emulator(SERVICES, time_scale=TIME_SCALE) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            polling=Polling(speed=TIME_SCALE),
        ) as cloud,
    ):
        began = time.monotonic()
        rise = Rise(cloud.fleet)
        run = asyncio.create_task(rise.run(600.0))
        async for _ in cloud.fleet.watch(initial=True, every=1):
            if rise.frame().states["running"] >= SHARE * SERVICES:
                break
        _draw_progress(rise, time.monotonic() - began, folder / "progress.svg")
        if (chromium := find_chromium()) is not None:
            await asyncio.to_thread(_draw_page, chromium, emulator.url, folder / "status-page.png")
        await run


def _draw_progress(rise: Rise, seconds: float, file: Path) -> None:
    console = Console(record=True, width=104, height=30, file=io.StringIO(), force_terminal=True)
    console.print(render(rise.frame(), seconds, console))
    console.save_svg(str(file), title="chcloud demo")


def _draw_page(chromium: str, url: str, file: Path) -> None:
    subprocess.run(  # noqa: S603 - the Chromium that was found
        [
            *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars"),
            *("--window-size=1280,800", f"--screenshot={file}", f"{url}/"),
        ],
        check=True,
        capture_output=True,
    )
