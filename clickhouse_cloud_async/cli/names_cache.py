"""Names of resources for the completion of command lines, cached for a minute.

A shell asks for completions while the user types, so that nothing here may take long, fail or
print: a separate process requests names that are not cached, and names that are late are available
with the next key press.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FRESH = 60.0
"""Seconds for which cached names are used."""

BUDGET = 0.27
"""Seconds that a completion may take, including the start of Python."""

_STUCK = 15.0
"""Seconds after which a process that requests names counts as gone."""

_POLL = 0.01


class Wanted(NamedTuple):
    """A request for names.

    Attributes:
        package: The package of the API.
        namespace: The namespace of the command; empty for a command that waits.
        command: Name of the command.
        parameter: Name of its parameter.
        arguments: Its other arguments, as far as known.
        profile: Profile that was named.
        organization: Organisation that was named.
        url: Base URL that was named.
        by_id: Whether IDs are requested, because the option takes no names.
    """

    package: str
    namespace: str
    command: str
    parameter: str
    arguments: Mapping[str, str]
    profile: str | None = None
    organization: str | None = None
    url: str | None = None
    by_id: bool = False


def names(wanted: Wanted, account: str) -> list[str]:
    """Return the names that are cached or available in time.

    Args:
        wanted: Which names.
        account: Whose credentials are used: what is kept for one account is not one of another's.
    """
    file = _file(wanted, account)
    if _age(file) >= FRESH:
        _ask(wanted, file)
        # The CPU time of the process is about the time since its start.
        end = time.monotonic() + BUDGET - time.process_time()
        while _age(file) >= FRESH and time.monotonic() < end:
            time.sleep(_POLL)
    if _age(file) >= FRESH:
        return []
    kept: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def keep(file: Path, found: list[str]) -> None:
    """Write names to a file.

    Args:
        file: The file.
        found: The names.
    """
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(found), encoding="utf-8")
    fresh.replace(file)


def lock_of(file: Path) -> Path:
    """Return the file that exists as long as a process requests names.

    Args:
        file: The file that the names are kept in.
    """
    return file.with_suffix(".lock")


def _file(wanted: Wanted, account: str) -> Path:
    import platformdirs

    key = json.dumps([account, wanted], sort_keys=True)
    folder = platformdirs.user_cache_path("chcloud", appauthor=False) / "names"
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _age(file: Path) -> float:
    try:
        return abs(time.time() - file.stat().st_mtime)
    except OSError:
        return float("inf")


def _ask(wanted: Wanted, file: Path) -> None:
    """Start a process that requests names, unless one is running."""
    lock = lock_of(file)
    if _age(lock) < _STUCK:
        return
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.touch(mode=0o600)
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-m", f"{__package__}.names_process", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it outlives the completion
        )
        # By standard input, because other users can see a command line.
        assert process.stdin is not None
        process.stdin.write(json.dumps(wanted).encode())
        process.stdin.close()
        process.returncode = 0  # Python would warn about a process that is not awaited
