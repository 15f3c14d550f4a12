"""Values that can be sent between processes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed.protocol import pickle

from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet.report import Report


def check_picklable(value: Any) -> None:
    """Check that a value can be sent to workers.

    Args:
        value: Any value.

    Raises:
        InvalidArgumentError: It cannot be pickled.
    """
    try:
        pickle.dumps(value)
    except Exception as error:
        raise InvalidArgumentError(
            f"{type(value).__name__} cannot be sent to workers: {error}"
        ) from error


def make_picklable(report: Report) -> Report:
    """Make a report picklable.

    A result that cannot be pickled is dropped, with a reason in its outcome.

    Args:
        report: The report, which is changed in place.

    Returns:
        The report.
    """
    for outcome in report.outcomes:
        if outcome.error is not None:
            outcome.error = picklable_error(outcome.error)
        try:
            _sent(outcome.result)
        except Exception as error:  # noqa: BLE001 - a class of the caller may raise anything
            outcome.result = None
            outcome.reason = f"its result cannot be sent: {error}"
    return report


def picklable_error(error: Exception) -> Exception:
    """Return an error that can be pickled: the given one, or one with its type and message.

    Args:
        error: The error.
    """
    with suppress(Exception):
        if type(_sent(error)) is type(error):
            return error
    return CloudError(f"{type(error).__name__}: {error}")


def _sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))
