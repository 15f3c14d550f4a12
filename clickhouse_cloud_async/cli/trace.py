"""Lines about requests on standard error, without headers, query values and bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .output import note

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.telemetry import ResponseInfo, RetryInfo


LONG_WAIT = 5.0
"""Seconds of a wait before a retry from which it is printed without ``--verbose``, too."""


def tell_response(info: ResponseInfo) -> None:
    """Print the result of an attempt.

    Args:
        info: The attempt and its response.
    """
    request = info.request
    outcome = type(info.error).__name__ if info.status is None else str(info.status)
    parts = [
        f"{request.method} {request.path} -> {outcome}",
        f"{info.elapsed * 1000:.0f} ms",
        f"{info.size} bytes",
    ]
    if request.attempt > 1:
        parts.append(f"attempt {request.attempt}")
    if info.request_id:
        parts.append(f"request id {info.request_id}")
    note(", ".join(parts))


def tell_retry(info: RetryInfo) -> None:
    """Print the cause and the time of a retry.

    Args:
        info: The attempt that failed.
    """
    cause = f"{type(info.cause).__name__}: {info.cause.message}"
    note(f"attempt {info.request.attempt + 1} in {info.wait:.1f} s after {cause}")


def tell_long_wait(info: RetryInfo) -> None:
    """Print why a command waits, for example until a service has settled.

    Args:
        info: The attempt that failed.
    """
    if info.wait >= LONG_WAIT:
        tell_retry(info)
