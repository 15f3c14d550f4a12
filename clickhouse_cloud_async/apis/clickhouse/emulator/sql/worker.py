"""The process that runs the engine of one warehouse.

It answers on a Unix socket in a folder that only its user may enter, and ends with the emulator:
when its standard input ends, or when it has another parent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .wire import READY

if TYPE_CHECKING:
    from aiohttp import web

    from .engine import Engine

_WATCH_INTERVAL: Final = 1.0
"""Seconds between two looks at whether the emulator is still there."""


def main(folder: str, backups: str, socket: str) -> None:
    """Run the engine until the emulator ends.

    Args:
        folder: The warehouse's folder.
        backups: The folder of the backups.
        socket: Where to listen.
    """
    report = _take_output()
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    logging.disable()  # a traceback may hold a statement
    from .engine import Engine

    asyncio.run(_serve(Engine(Path(folder), Path(backups)), socket, report))


def _take_output() -> int:
    """Keep the standard output for the report, and let nothing that is printed get anywhere."""
    report = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return report


def _watch(parent: int) -> None:
    """End the process with the emulator, which may have been killed."""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _WATCH_INTERVAL)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


async def _serve(engine: Engine, socket: str, report: int) -> None:
    from aiohttp import web

    from .interface import Interface

    interface = Interface(engine)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return await interface.answer(request)
        work = {"/back_up": engine.back_up, "/restore": engine.restore}[request.path]
        await asyncio.to_thread(work, request.query["name"])
        return web.Response()

    server = web.Server(handle, access_log=None, auto_decompress=False)
    runner = web.ServerRunner(server)
    await runner.setup()
    await web.UnixSite(runner, socket).start()
    os.write(report, READY)
    os.close(report)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
