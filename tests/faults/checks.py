"""Checks that hold after every call with any fault."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.client.test_secrecy import FORBIDDEN, shown

from .calls import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

GUARD = 30.0
"""Seconds after which a call that hangs fails its test."""

_FD_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))

_really_sleep = asyncio.sleep


def open_files() -> int:
    """Return how many file descriptors this process has open."""
    folder = next(path for path in _FD_FOLDERS if path.is_dir())
    return len(list(folder.iterdir()))


@asynccontextmanager
async def nothing_leaks() -> AsyncGenerator[None]:
    """Check that a block ends with the tasks and file descriptors that it began with."""
    tasks, files = asyncio.all_tasks(), open_files()
    yield
    async with asyncio.timeout(GUARD):
        # Transports close in the loop's next rounds, those with TLS a few later.
        while not asyncio.all_tasks() <= tasks or open_files() > files:  # no event tells
            await _really_sleep(0.001)


def assert_no_secret(error: BaseException | None, logged: str) -> None:
    """Check that neither an error, with all behind it, nor the log shows a planted secret."""
    text = logged + (shown(error) if error else "")
    for secret in (*FORBIDDEN, PASSWORD):
        assert secret not in text
