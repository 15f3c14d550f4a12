"""Checks of the arguments that the clients of all APIs take."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING
from uuid import UUID

from .errors import InvalidArgumentError
from .functions import checked_function
from .http_options import HTTPOptions
from .limits import RateLimit
from .numbers import is_number, is_whole
from .paths import segment
from .retry import RetryPolicy
from .values import Unset
from .waiting.policy import Polling

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from .settings import Settings


def checked_timeout(timeout: float | None) -> float | None:
    """Check a time limit in seconds.

    Raises:
        InvalidArgumentError: It is not a positive number.
    """
    if timeout is None:
        return None
    if not is_number(timeout):
        raise InvalidArgumentError(f"timeout: expected seconds, found {type(timeout).__name__}")
    if not timeout > 0 or math.isinf(timeout):
        raise InvalidArgumentError(f"timeout: {timeout} is not a positive number of seconds")
    return timeout


def checked_size(size: int) -> int:
    """Check a limit in bytes.

    Raises:
        InvalidArgumentError: It is not a positive whole number.
    """
    if not is_whole(size) or size < 1:
        raise InvalidArgumentError(f"max_response_bytes: {size} is not a positive number of bytes")
    return size


def checked_flag(name: str, value: bool) -> bool:  # noqa: FBT001 - the value that is checked
    """Check an argument that is either true or false.

    Raises:
        InvalidArgumentError: It is anything else.
    """
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{name}: expected True or False, found {_kind(value)}")
    return value


def checked_id(name: str, value: object) -> str:
    """Check an id that a client fills into paths.

    Raises:
        InvalidArgumentError: It is not text or UUID, or cannot be part of a path.
    """
    if not isinstance(value, (str, UUID)):
        raise InvalidArgumentError(f"{name}: expected a str or UUID, found {_kind(value)}")
    segment(name, value)
    return str(value)


def checked_profile(profile: str | None) -> str | None:
    """Check the name of a profile.

    Raises:
        InvalidArgumentError: It is not text, or empty.
    """
    if profile is None or (isinstance(profile, str) and profile):
        return profile
    raise InvalidArgumentError(f"profile: expected a name, found {_kind(profile)}")


def checked_retry(retry: RetryPolicy | int | Unset) -> RetryPolicy | Unset:
    """Check a retry policy; a whole number stands for so many attempts.

    Raises:
        InvalidArgumentError: It is anything else.
        ConfigurationError: The number is below 1.
    """
    if isinstance(retry, (RetryPolicy, Unset)):
        return retry
    if isinstance(retry, int) and not isinstance(retry, bool):
        return RetryPolicy(attempts=retry)
    raise InvalidArgumentError(
        "retry: expected a RetryPolicy or a number of attempts, such as RetryPolicy(attempts=3)"
        f" or 3, found {_kind(retry)}"
    )


def checked_rate_limit(limit: RateLimit | Unset | None) -> RateLimit | Unset | None:
    """Check a rate limit.

    Raises:
        InvalidArgumentError: It is not a `RateLimit`, and not None.
    """
    if limit is None or isinstance(limit, (RateLimit, Unset)):
        return limit
    raise InvalidArgumentError(
        "rate_limit: expected a RateLimit such as RateLimit(10, per=10.0), or None for no limit,"
        f" found {_kind(limit)}"
    )


def checked_polling(polling: Polling | Unset) -> Polling | Unset:
    """Check the settings of polls.

    Raises:
        InvalidArgumentError: They are not a `Polling`.
    """
    if isinstance(polling, (Polling, Unset)):
        return polling
    raise InvalidArgumentError(
        f"polling: expected a Polling such as Polling(longest=30.0), found {_kind(polling)}"
    )


def checked_http(
    http: aiohttp.ClientSession | HTTPOptions | None,
) -> aiohttp.ClientSession | HTTPOptions | None:
    """Check connection settings.

    Raises:
        InvalidArgumentError: It is neither `HTTPOptions` nor a session of aiohttp.
    """
    # A caller that passes a session has loaded aiohttp; otherwise it stays unloaded.
    loaded = sys.modules.get("aiohttp")
    if (
        http is None
        or isinstance(http, HTTPOptions)
        or (loaded is not None and isinstance(http, loaded.ClientSession))
    ):
        return http
    raise InvalidArgumentError(
        "http: expected HTTPOptions such as HTTPOptions(max_connections=20), or an"
        f" aiohttp.ClientSession, found {_kind(http)}"
    )


def http_for(
    http: aiohttp.ClientSession | HTTPOptions | None, settings: Settings
) -> aiohttp.ClientSession | HTTPOptions | None:
    """Complete the connection options with the client's settings; a session is returned as it is.

    Args:
        http: As it was passed.
        settings: The client's settings, of which those of connections complete the options.

    Raises:
        ConfigurationError: A setting cannot be used.
    """
    if http is None and settings.connection:
        http = HTTPOptions()
    if not isinstance(http, HTTPOptions):
        return http
    completed = http.completed(settings.connection)
    # A variable that holds no URL of a proxy is named now, and not by the first call.
    completed.for_origin(settings.base_url)
    return completed.with_context()


def checked_hook(name: str, hook: Callable[..., object] | None) -> Callable[..., object] | None:
    """Check a function that is called with each attempt.

    Raises:
        InvalidArgumentError: It cannot be called, or is async.
    """
    return None if hook is None else checked_function(name, hook)


def _kind(value: object) -> str:
    """Return the type of a value; the value itself may be a secret in the wrong place."""
    return "None" if value is None else type(value).__name__
