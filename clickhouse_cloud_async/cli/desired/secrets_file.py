"""Writes initial passwords and other secrets of new resources to a private file."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import orjson
import typer

from clickhouse_cloud_async.cli.output import complain, note
from clickhouse_cloud_async.cli.owner_files import open_for_owner
from clickhouse_cloud_async.core.codec import to_json
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.values import Secret

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from clickhouse_cloud_async.fleet.report import Outcome


class SecretsFile:
    """Writes initial passwords and other secrets of new resources as soon as they are known.

    Args:
        stream: A file of JSON lines; None to store no secrets.
    """

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._known: set[str] = set()
        self._has_failed = False

    def keep(self, outcome: Outcome) -> None:
        """Write the secret of a resource, if there is one that was not written yet.

        When this returns, the line is on disk, so that it is not lost if the process fails.

        Args:
            outcome: The outcome of the resource so far.
        """
        if not isinstance(outcome.result, Secret | Model) or outcome.id in self._known:
            return
        self._known.add(outcome.id)
        if self._stream is None:
            return
        try:
            self._stream.write(_line(outcome))
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            # Lines that could not be written are buffered, and written later.
            self._has_failed = True
            complain(f"cannot write the secret of {outcome.name}: {error.strerror}")

    def close(self) -> None:
        """Write the buffered lines, and report secrets that are lost."""
        if self._stream is None:
            if self._known:
                note(
                    f"initial passwords and other secrets of new resources ({len(self._known)}) are"
                    " not stored: set new ones now, and pass --passwords FILE next time"
                )
            return
        try:
            self._stream.close()
        except OSError as error:
            complain(
                f"secrets are lost because {self._stream.name} cannot be written"
                f" ({error.strerror}): set new ones for the resources that are not in it"
            )
        else:
            if self._has_failed:
                note(f"all secrets are now in {self._stream.name}")


@contextmanager
def kept_secrets(file: Path | None) -> Generator[SecretsFile]:
    """Write the secrets that become known during the block, even if it fails.

    Args:
        file: A new file for them; None to store no secrets.

    Raises:
        BadParameter: The file exists already, or cannot be created.
    """
    secrets = SecretsFile(None if file is None else _create(file))
    try:
        yield secrets
    finally:
        secrets.close()


def _create(file: Path) -> BinaryIO:
    try:
        return open(file, "xb", opener=open_for_owner)
    except OSError as error:
        raise typer.BadParameter(f"{error.strerror}: {file}", param_hint="--passwords") from None


def _line(outcome: Outcome) -> bytes:
    place: dict[str, object] = {
        "id": outcome.id,
        "name": outcome.name,
        "organization_id": outcome.organization_id,
    }
    secret = (
        {"password": outcome.result.reveal()}
        if isinstance(outcome.result, Secret)
        else {"secret": to_json(outcome.result)}
    )
    return orjson.dumps(place | secret, option=orjson.OPT_APPEND_NEWLINE)
