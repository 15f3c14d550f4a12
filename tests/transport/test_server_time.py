"""Times in response headers, valid or not, by the server's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.core.server_time import clock_offset, requested_wait

NOW = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
"""What the server's clock shows; this machine's shows something else."""

DATE = format_datetime(NOW, usegmt=True)
FRAGMENTS = st.sampled_from(
    (
        *("Mon", ",", "31", "00", "Dec", "0001", "9999", "99999999999999999999", "23:59:59"),
        *("25:61:61", "GMT", "+2359", "-2359", "-0000", "+999999", "+99999999999999999999999999"),
        *("1e300", "-1", "nan", "inf", "1_0", "0x10", "\N{ARABIC-INDIC DIGIT ONE}", "\x00"),
    )
)
HEADER = st.one_of(st.text(), st.lists(FRAGMENTS).map(" ".join))


def wait(text: str) -> float | None:
    """The wait that a server with a clock of its own asks for in ``Retry-After``."""
    return requested_wait({"Retry-After": text, "Date": DATE})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("86400", 86400),
        ("nan", None),
        ("inf", None),
        ("-1", None),
        ("soon", None),
        ("", None),
    ],
)
def test_numbers(text: str, seconds: float | None) -> None:
    """Numbers are seconds; negative and infinite ones say nothing."""
    assert wait(text) == seconds


@pytest.mark.parametrize("ahead", [0, 30, 86400])
def test_moments_count_from_the_servers_clock(ahead: int) -> None:
    """Dates and times since 1970 count from the Date header and not from this machine's clock."""
    moment = NOW + timedelta(seconds=ahead)
    epoch = int(moment.timestamp())

    for text in (
        format_datetime(moment, usegmt=True),
        format_datetime(moment).replace("+0000", "-0000"),
        str(epoch),
        str(epoch * 1000),
    ):
        assert wait(text) == ahead


def test_moment_in_the_past_is_no_wait() -> None:
    """A moment that has passed asks for no wait."""
    assert wait(format_datetime(NOW - timedelta(days=1))) == 0
    assert wait("1000000000") == 0


def test_reset_counts_before_retry_after() -> None:
    """Of both headers X-RateLimit-Reset counts, unless it makes no sense."""
    assert requested_wait({"X-RateLimit-Reset": "3", "Retry-After": "9"}) == 3
    assert requested_wait({"X-RateLimit-Reset": "-3", "Retry-After": "9"}) == 9
    assert requested_wait({}) is None


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 01 Jan 1969 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
)
def test_senseless_date_is_no_clock(date: str) -> None:
    """Without a date that makes sense the server's clock counts as this machine's."""
    assert clock_offset({"Date": date}) == timedelta(0)


@given(date=HEADER, retry=HEADER, reset=HEADER)
def test_no_header_raises(date: str, retry: str, reset: str) -> None:
    """Whatever the headers hold, the wait is a number from 0 on or nothing."""
    headers = {"Date": date, "Retry-After": retry, "X-RateLimit-Reset": reset}

    found = requested_wait(headers)

    assert found is None or 0 <= found < float("inf")
    assert NOW + clock_offset(headers) - timedelta(minutes=10)
