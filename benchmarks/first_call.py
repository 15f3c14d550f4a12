"""A process that makes one call: ``python -m benchmarks.first_call KIND URL``.

It prints the seconds from before the import to the typed result, and the bytes that it then holds.
"""

from __future__ import annotations

import sys
import time

from . import contestants


def main(kind: str, url: str) -> None:
    """Import, call, and print the time and memory."""
    began = time.perf_counter()
    import asyncio

    async def call() -> None:
        contestant = contestants.ASYNC[kind](url)
        await contestant.get()
        took = time.perf_counter() - began
        print(took, _memory())
        await contestant.close()

    asyncio.run(call())


def _memory() -> int:
    """Return the resident memory of this process."""
    import os
    from pathlib import Path

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(*sys.argv[1:])
