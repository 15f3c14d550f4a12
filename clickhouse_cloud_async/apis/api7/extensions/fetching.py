"""Fetching of results that a response should have contained."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import CloudError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def carried_out(what: str) -> Generator[None]:
    """Add to an error of the fetch that the command before it has succeeded.

    Args:
        what: What has succeeded, as a clause.
    """
    try:
        yield
    except CloudError as error:
        error.add_note(f"{what}; only fetching it afterwards failed")
        raise
