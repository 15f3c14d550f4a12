"""What can be sent between processes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed.protocol import pickle

from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet.report import Report


def check_portable(value: Any) -> None:
    """Check that something can be sent to workers.

    Args:
        value: Anything.

    Raises:
        InvalidArgumentError: It cannot.
    """
    try:
        pickle.dumps(value)
    except Exception as error:
        raise InvalidArgumentError(f"this cannot be sent to workers: {error}") from error


def make_portable(report: Report) -> Report:
    """Make of a report one that can be sent.

    A result that cannot be sent is left out, with a word in its outcome.

    Args:
        report: The report; it is changed.

    Returns:
        The report.
    """
    for outcome in report.outcomes:
        if outcome.error is not None:
            outcome.error = portable_error(outcome.error)
        try:
            _sent(outcome.result)
        except Exception as error:  # noqa: BLE001 - a class of the caller may raise anything
            outcome.result = None
            outcome.reason = f"its result cannot be sent: {error}"
    return report


def portable_error(error: Exception) -> Exception:
    """An error that can be sent: itself, or one that says what it was.

    Args:
        error: The error.
    """
    with suppress(Exception):
        if type(_sent(error)) is type(error):
            return error
    return CloudError(f"{type(error).__name__}: {error}")


def _sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))
