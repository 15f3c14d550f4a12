"""Runs scripts in processes of their own, to test whole interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import NamedTuple

GUARD = 60.0
"""Seconds after which a script that hangs fails its test."""


class Outcome(NamedTuple):
    """How a script ended."""

    status: int
    out: str
    err: str


def start_script(source: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start a script in an interpreter of its own.

    Args:
        source: The script, indented or not.
        *arguments: Its command line.
        **environment: Further environment variables.

    Returns:
        The process, with pipes for its output.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CLICKHOUSE_CLOUD_")}
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", textwrap.dedent(source), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONUNBUFFERED": "1", **environment},
    )


def finish(process: subprocess.Popen[str], text: str = "") -> Outcome:
    """Wait for a script and give how it ended; a script that hangs is killed and fails.

    Args:
        process: The script.
        text: What it reads.
    """
    with process:
        try:
            out, err = process.communicate(text, timeout=GUARD)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"the script hangs; so far: {out}\n{err}") from None
    return Outcome(process.returncode, out, err)


def run_script(source: str, *arguments: str, **environment: str) -> Outcome:
    """Run a script to its end; see `start_script` and `finish`."""
    return finish(start_script(source, *arguments, **environment))
