"""Faults that a status tells: refusals, failures, throttling and redirects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    FailedDependencyError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionRequiredError,
    RateLimit,
    ServerError,
    UnprocessableError,
)

from .bodies import HTML, body, changed
from .table import FAILED, HARMLESS, THROTTLED, THROTTLED_TOO_LONG, Outcome, Promise, always, fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .server import Behaviour, Wire
    from .table import Fault

MARGIN = 0.25
"""Seconds that the client adds to a wait that the server asks for."""

KNOWN = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    424: FailedDependencyError,
    428: PreconditionRequiredError,
}
GATEWAY = (500, 502, 503, 504)
PASSING = (408, 425)
NOT_DONE = (501, 505)


def in_every_form(status: int) -> tuple[Behaviour, ...]:
    """A status with the API's envelope, with other envelopes, with a page and with nothing."""
    return (
        body(b'{"status": %d, "error": "no", "requestId": "r"}' % status, status),
        body(b'{"message": "no"}', status),
        body(b'{"error": {"message": "no"}}', status),
        body(b'["no"]', status),
        body(HTML, status, Content_Type="text/html"),
        body(b"", status),
    )


def _all_of(statuses: Iterable[int]) -> tuple[Behaviour, ...]:
    bodies = (b'{"error": "no"}', b"")
    return tuple(body(data, status) for status in statuses for data in bodies)


def throttle(**headers: object) -> Behaviour:
    """Answer 429 with some headers."""
    return body(b'{"error": "slow down"}', 429, **headers)


def throttle_until(**later: float) -> Behaviour:
    """Answer 429 with a date in ``Retry-After``, so much later than now."""

    async def behave(wire: Wire) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(**later), usegmt=True)
        await throttle(Retry_After=date)(wire)

    return behave


def _after(seconds: float) -> tuple[float, float]:
    return (seconds + MARGIN, seconds + MARGIN)


STATUSES = (
    *(
        fault(f"status {status}", always(error), *in_every_form(status), reads_state=status == 409)
        for status, error in KNOWN.items()
    ),
    fault(
        "any other 4xx",
        always(APIStatusError),
        *_all_of(set(range(400, 500)) - {*KNOWN, *PASSING, 429}),
    ),
    fault(
        "status 408 or 425",
        Promise(
            Outcome(APIStatusError, retried=True),
            Outcome(APIStatusError, retried=True),
            Outcome(APIStatusError),
        ),
        *_all_of(PASSING),
    ),
    *(fault(f"status {status}", FAILED, *in_every_form(status)) for status in GATEWAY),
    fault("status 501 or 505", always(ServerError), *_all_of(NOT_DONE)),
    fault(
        "any other status from 500 on",
        FAILED,
        *_all_of({*range(500, 600), 600, 999} - {*GATEWAY, *NOT_DONE}),
    ),
    fault(
        "an error status with a body that is broken",
        FAILED,
        body(b"no gzip", 502, Content_Encoding="gzip"),
        body(b" " * 2**20, 503),
        body(b'{"error": "\xff"}', 500),
    ),
    fault(
        "200 with an error of the API",
        always(BadRequestError),
        body(b'{"status": 400, "error": "no", "requestId": "r"}'),
        body(b'{"status": 400, "error": "no", "result": null}'),
    ),
    fault(
        "200 with an error that says 503",
        FAILED,
        body(b'{"status": 503, "error": "no"}'),
    ),
    fault(
        "200 with an error that says no status",
        always(APIStatusError),
        body(b'{"error": "no"}'),
        body(b'{"error": {"message": "no"}, "requestId": "r"}'),
        body(b'{"error_msg": "no", "status": 200}'),
    ),
    fault("503 with `Retry-After`", FAILED, body(b"", 503, Retry_After="7"), wait=(7, 7)),
)
"""Refusals and failures."""

THROTTLING = (
    fault(
        "429 without a wait",
        THROTTLED,
        *in_every_form(429),
        body(b'{"status": 429, "error": "no"}'),
    ),
    fault(
        "429, `X-RateLimit-Reset` in seconds",
        THROTTLED,
        throttle(X_RateLimit_Reset=7),
        wait=_after(7),
    ),
    fault(
        "429, `X-RateLimit-Reset` with a fraction",
        THROTTLED,
        throttle(X_RateLimit_Reset="1.5"),
        wait=_after(1.5),
    ),
    fault(
        "429, `X-RateLimit-Reset` of 0", THROTTLED, throttle(X_RateLimit_Reset=0), wait=_after(0)
    ),
    fault("429, `Retry-After` in seconds", THROTTLED, throttle(Retry_After=7), wait=_after(7)),
    fault(
        "429, `Retry-After` with a date",
        THROTTLED,
        throttle_until(seconds=30),
        wait=(1, 30 + MARGIN),
    ),
    fault(
        "429, `Retry-After` with a date that is past",
        THROTTLED,
        throttle_until(days=-1),
        wait=_after(0),
    ),
    fault(
        "429 with both headers: the first counts",
        THROTTLED,
        throttle(X_RateLimit_Reset=3, Retry_After=9),
        wait=_after(3),
    ),
    fault(
        "429 with a wait that is negative or no number",
        THROTTLED,
        *(
            throttle(**{name: value})
            for name in ("X_RateLimit_Reset", "Retry_After")
            for value in (
                *("-1", "soon", "nan", "inf", "", "0x10", "Mon, 99 Foo 2030 25:61:61 GMT"),
                "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
            )
        ),
    ),
    fault(
        "429 with a wait that is longer than the policy allows",
        THROTTLED_TOO_LONG,
        throttle(X_RateLimit_Reset=3600),
        throttle(Retry_After="86400"),
        throttle(Retry_After="1e300"),
        throttle(X_RateLimit_Reset="4102444800"),
        throttle(X_RateLimit_Reset="4102444800000"),
        throttle_until(days=1),
        throttle_until(days=25_000),
    ),
    fault(
        "an invalid `X-RateLimit-Limit`",
        HARMLESS,
        *(
            changed(bytes, X_RateLimit_Limit=value)
            for value in ("", "0", "-1", "ten", "nan", "1e3", "9" * 5000)
        ),
        settings={"rate_limit": RateLimit(1000)},
    ),
)
"""429 in all its forms, and what else is said of the limit."""


def redirect(status: int, location: str) -> Behaviour:
    """Answer with a redirect."""
    return body(b"", status, Location=location)


REDIRECTS: tuple[Fault, ...] = (
    fault(
        "a redirect",
        always(APIStatusError),
        *(redirect(status, "/v1/elsewhere") for status in (301, 302, 303, 307, 308)),
        *(redirect(302, target) for target in ("", "http://[", "https://far.example/")),
        body(b"", 304),
        body(b"", 300),
    ),
)
"""Redirects, which are never followed."""
