"""``chcloud``: the engine of the command line; each API adds its commands.

It needs the extra ``cli`` of this package. Nothing but the standard library is imported until
`main` runs.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .exit_codes import ExitCode
from .streams import OutputClosed, prepare_signals, prepare_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``chcloud``.

    Args:
        arguments: Command line without the program's name; `sys.argv` by default.

    Raises:
        SystemExit: Always, with an `ExitCode`.
    """
    prepare_streams()
    prepare_signals()
    try:
        from .app import run

        sys.exit(run(sys.argv[1:] if arguments is None else arguments))
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        from clickhouse_cloud_async.core.extras import install_command

        sys.exit(
            f"error: chcloud needs {error.name}, which is not installed:"
            f" run {install_command('cli')}"
        )
    except OutputClosed as closed:
        if closed.problem:
            sys.exit(f"error: the output cannot be written: {closed.problem}")
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
