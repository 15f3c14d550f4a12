"""Check of the number of resources that an action deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable


def confirmation(confirm: int | None, noun: str, *, dry_run: bool) -> Callable[[int], None]:
    """Return a function that checks the number of resources found.

    Args:
        confirm: The number that the caller expects; None only for a dry run.
        noun: Name of the resources, in the plural.
        dry_run: Whether nothing is deleted.

    Raises:
        InvalidArgumentError: No number is given, and it is not a dry run.
    """
    if isinstance(confirm, bool) or not isinstance(confirm, int | None):
        raise InvalidArgumentError(f"confirm: expected a number, found {type(confirm).__name__}")
    if confirm is None and not dry_run:
        raise InvalidArgumentError(f"confirm must be the number of {noun} to delete")

    def check(found: int) -> None:
        if confirm not in {None, found}:
            raise InvalidArgumentError(
                f"confirm: {found} {noun} would be deleted, not {confirm}; nothing was sent"
            )

    return check
