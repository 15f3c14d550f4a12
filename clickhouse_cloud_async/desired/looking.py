"""Options and progress of an observation of the actual state."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.numbers import is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from clickhouse_cloud_async.core.request_counter import RequestCounter


def _path(since: str | PathLike[str] | None) -> Path | None:
    return None if since is None else Path(since)


MAX_AGE = 86_400.0
"""Default number of seconds after which results of earlier observations are not used any more."""

_LONGEST_AGE = 3650 * MAX_AGE


@attrs.frozen(kw_only=True)
class LookOptions:
    """How the actual state is read.

    Attributes:
        since: The file with the results of earlier observations, which is updated; None to read
            everything and to store nothing.
        max_age: Seconds after which results in it are not used any more.
        on_progress: Called with each progress, if any.

    Raises:
        InvalidArgumentError: The number of seconds is not positive, or more than ten years.
    """

    since: Path | None = attrs.field(default=None, converter=_path)
    max_age: float = attrs.field(default=MAX_AGE)
    on_progress: Callable[[LookProgress], object] | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if not is_number(self.max_age) or not 0 < self.max_age <= _LONGEST_AGE:
            raise InvalidArgumentError(
                "max_age must be a positive number of seconds, at most ten years,"
                f" got {self.max_age!r}"
            )


@attrs.frozen(kw_only=True)
class LookProgress:
    """Progress of reading the actual state, passed to `on_progress` first at the start.

    Attributes:
        finished: Number of requests that were sent.
        total: Estimated total number of requests.
        seconds: Seconds since the start.
        remaining_seconds: Estimated remaining seconds, by the rate limits of the keys.
    """

    finished: int
    total: int
    seconds: float
    remaining_seconds: float


class Look:
    """Counts the requests of an observation: those sent, and those still expected.

    Args:
        on_progress: Called with each progress, if any.
        counter: Counts the requests that are sent; None if they are not counted.
        seconds: Estimates how long a number of requests takes.
    """

    def __init__(
        self,
        on_progress: Callable[[LookProgress], object] | None = None,
        counter: RequestCounter | None = None,
        seconds: Callable[[int], float] = float,
    ) -> None:
        self._on_progress = on_progress
        self._counter = counter
        self._seconds = seconds
        self._left: Counter[str] = Counter()
        self._began = time.monotonic()

    def begin(self, expected: Mapping[str, int]) -> None:
        """Set the expected number of requests before any is sent.

        Args:
            expected: Estimated number of requests by kind.
        """
        self._left = Counter(expected)
        self._notify()

    def expect(self, kind: str, requests: int) -> None:
        """Correct the expected number of remaining requests of a kind.

        Args:
            kind: The kind.
            requests: The number.
        """
        self._left[kind] = requests

    def done(self, kind: str, requests: int) -> None:
        """Record that a part of the observation is complete.

        Args:
            kind: The kind of the resources that were read.
            requests: Number of requests that were expected for them.
        """
        self._left[kind] = max(0, self._left[kind] - requests)
        self._notify()

    def _notify(self) -> None:
        if self._on_progress is None:
            return
        sent, left = 0 if self._counter is None else self._counter.requests, self._left.total()
        self._on_progress(
            LookProgress(
                finished=sent,
                total=sent + left,
                seconds=time.monotonic() - self._began,
                remaining_seconds=self._seconds(left),
            )
        )
