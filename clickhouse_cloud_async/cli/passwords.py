"""Keeps the first passwords of services that are created, for their owner alone."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import typer

from clickhouse_cloud_async import Secret

from .output import note

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from clickhouse_cloud_async.fleet import Outcome, Report


@contextmanager
def kept_passwords(file: Path | None, report: Report) -> Generator[None]:
    """Keep the passwords that come while the block runs, however it ends.

    Args:
        file: A new file, of which each line is a JSON object; None to keep none.
        report: What became of each service.

    Raises:
        BadParameter: The file is there already, or cannot be made.
    """
    handle = None if file is None else _create(file)
    try:
        yield
    finally:
        new = [outcome for outcome in report.outcomes if isinstance(outcome.result, Secret)]
        if handle is not None:
            with os.fdopen(handle, "wb") as stream:
                stream.writelines(map(_line, new))
        elif new:
            note(
                f"the first passwords of new services ({len(new)}) are kept nowhere:"
                " give --passwords FILE next time, and set new ones now"
            )


def _create(file: Path) -> int:
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--passwords") from None


def _line(outcome: Outcome) -> bytes:
    return orjson.dumps(
        {
            "service_id": outcome.service_id,
            "name": outcome.name,
            "organization_id": outcome.organization_id,
            "password": outcome.result.reveal(),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )
