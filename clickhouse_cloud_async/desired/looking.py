"""How far a look at what there is has come."""

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
"""Seconds after which knowledge is not used any more, unless another number is given."""

_LONGEST_AGE = 3650 * MAX_AGE


@attrs.frozen(kw_only=True)
class LookOptions:
    """How a look is taken.

    Attributes:
        since: The file with what earlier looks have found, which is brought up to date; None to
            look at everything and to keep nothing.
        max_age: Seconds after which what is in it is not used any more.
        on_progress: Called with each progress; None for nobody.

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
    """Progress of a look, passed to `on_progress` before its first request and after each part.

    Attributes:
        finished: Number of requests that were sent.
        total: About how many requests it takes altogether.
        seconds: Seconds since the look began.
        remaining_seconds: About how many seconds are left, by the rate limits of the keys.
    """

    finished: int
    total: int
    seconds: float
    remaining_seconds: float


class Look:
    """The requests of a look, those that were sent and those that are still expected.

    Args:
        on_progress: Called with each progress; None for nobody.
        counter: Counts the requests that are sent; None where nobody asks.
        seconds: Returns about how long a number of requests takes.
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
        """Tell how many requests are expected before any is sent.

        Args:
            expected: About how many requests, by the kind that they look at.
        """
        self._left = Counter(expected)
        self._notify()

    def expect(self, kind: str, requests: int) -> None:
        """Correct how many more requests a kind takes.

        Args:
            kind: The kind.
            requests: How many.
        """
        self._left[kind] = requests

    def done(self, kind: str, requests: int) -> None:
        """Record that a part of the observation is complete.

        Args:
            kind: The kind that it was about.
            requests: How many requests were expected of it.
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
