"""The exit codes of ``chcloud``."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.errors import CloudError


class ExitCode(IntEnum):
    """Exit codes by cause; `docs/output.md` has a table of them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 3
    CREDENTIALS = 4
    NOT_FOUND = 5
    CONFLICT = 6
    LIMIT = 7
    UNKNOWN = 8
    NOTHING_MATCHED = 9
    INTERRUPTED = 130


def code_of(error: CloudError) -> ExitCode:
    """Return the exit code for an error of the client.

    Args:
        error: The error.
    """
    from clickhouse_cloud_async.core import errors

    causes: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ExitCode], ...] = (
        (errors.InvalidArgumentError, ExitCode.USAGE),
        (errors.ConfigurationError, ExitCode.CREDENTIALS),
        ((errors.AuthenticationError, errors.PermissionDeniedError), ExitCode.CREDENTIALS),
        (errors.NotFoundError, ExitCode.NOT_FOUND),
        (errors.ConflictError, ExitCode.CONFLICT),
        (errors.OutcomeUnknownError, ExitCode.UNKNOWN),
        ((errors.RateLimitError, errors.APITimeoutError, errors.WaitTimeoutError), ExitCode.LIMIT),
    )
    return next((code for kinds, code in causes if isinstance(error, kinds)), ExitCode.FAILED)
