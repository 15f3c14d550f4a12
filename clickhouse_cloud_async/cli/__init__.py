"""``chcloud``: services and organisations from the command line, and a demonstration.

It needs the extra ``cli`` of this package. Nothing but the standard library is imported until
`main` runs.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``chcloud``.

    Args:
        arguments: Command line without the program's name; the process's own where left out.

    Raises:
        SystemExit: Always; 0 done, 1 failed, 2 wrong usage, 4 not authenticated, 130 interrupted.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's encoding lacks is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        from .app import app

        app(arguments, prog_name="chcloud")
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        from clickhouse_cloud_async.core.extras import install_command

        sys.exit(
            f"error: chcloud needs {error.name}, which is not installed:"
            f" run {install_command('cli')}"
        )
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
