"""The waits before retries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    APIConnectionError,
    ConfigurationError,
    RateLimitError,
    RetryPolicy,
    ServerError,
)
from clickhouse_cloud_async.core.server_time import requested_wait
from tests.client.stub import SERVICE

from .bodies import body
from .calls import client
from .connections import partly
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from .server import Behaviour

pytestmark = pytest.mark.usefixtures("waits")

LOST = partly(b"", reset=True)


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_attempts_of_the_policy(attempts: int) -> None:
    """A call makes as many attempts as its policy says, the first included."""
    policy = RetryPolicy(attempts=attempts, first_wait=0)
    async with FaultServer(LOST) as server, client(server.url, retry=policy) as cloud:
        with pytest.raises(APIConnectionError) as caught:
            await cloud.services.get(SERVICE)

    assert (len(server.arrivals), caught.value.attempts) == (attempts, attempts)


async def test_policy_of_some_calls() -> None:
    """Another policy for some calls leaves the client's own as it was."""
    async with FaultServer(LOST) as server, client(server.url) as cloud:
        once = cloud.with_options(retry=RetryPolicy(attempts=1))
        for caller, expected in ((once, 1), (cloud, 3), (once, 1)):
            server.arrivals.clear()
            with pytest.raises(APIConnectionError):
                await caller.services.get(SERVICE)
            assert len(server.arrivals) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": -1},
        {"first_wait": -0.1},
        {"first_wait": float("nan")},
        {"longest_wait": float("inf")},
        {"longest_server_wait": -1},
    ],
)
def test_impossible_policies(wrong: dict[str, Any]) -> None:
    """A policy that makes no sense is refused when it is made."""
    with pytest.raises(ConfigurationError):
        RetryPolicy(**wrong)


SECONDS = st.floats(0, 1e9)


@given(
    first=SECONDS,
    longest=SECONDS,
    failures=st.integers(1, 10_000),
    spread=st.floats(0, 1, exclude_max=True),
)
def test_bounds_of_backoff(first: float, longest: float, failures: int, spread: float) -> None:
    """A wait is never negative, and never longer than its bound, which doubles each time."""
    policy = RetryPolicy(first_wait=first, longest_wait=longest)

    wait = policy.backoff(failures, lambda: spread)

    assert 0 <= wait <= longest
    assert failures > 30 or wait <= first * 2 ** (failures - 1)


def test_backoff_doubles() -> None:
    """Without chance the waits are the first one, its double and so on up to the longest."""
    policy = RetryPolicy(first_wait=0.5, longest_wait=3)

    assert [policy.backoff(n, lambda: 1.0) for n in range(1, 6)] == [0.5, 1, 2, 3, 3]


async def test_waits_of_a_call(waits: list[float]) -> None:
    """Before each retry a call waits, for no longer than its policy allows."""
    policy = RetryPolicy(attempts=6, first_wait=0.5, longest_wait=3)
    async with FaultServer(LOST) as server, client(server.url, retry=policy) as cloud:
        with pytest.raises(APIConnectionError):
            await cloud.services.get(SERVICE)

    bounds = [0.5, 1, 2, 3, 3]
    assert len(waits) == len(bounds)
    assert all(0 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert len(set(waits)) == len(waits)  # by chance, so that clients do not come all at once


# --- waits that the server asks for ------------------------------------------------------------

DATES = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Mon", "Sun", "", "Foo"]),
    st.integers(-1, 40),
    st.sampled_from(["Jan", "Feb", "Dec", "Foo", ""]),
    st.integers(-1, 20_000),
    st.integers(-1, 30),
    st.integers(-1, 70),
    st.integers(-1, 70),
    st.sampled_from(["GMT", "+0000", "-0000", "+2359", "-9999", "+99999999999", "", "UT"]),
)
NUMBERS = st.one_of(st.integers(), st.floats()).map(str)


@given(
    text=st.one_of(st.text(), DATES, NUMBERS, st.text("0123456789+-.eE:, GMT")),
    header=st.sampled_from(["X-RateLimit-Reset", "Retry-After"]),
)
def test_any_header_text(text: str, header: str) -> None:
    """Whatever stands in a header, the wait is a number of seconds or there is none."""
    wait = requested_wait({header: text})

    assert wait is None or 0 <= wait < float("inf")


@pytest.mark.parametrize(
    "answer", [throttle(X_RateLimit_Reset=61), body(b"", 503, Retry_After="61")]
)
@pytest.mark.parametrize("timeout", [10, 60])
async def test_wait_past_the_deadline(
    answer: Behaviour, timeout: float, waits: list[float]
) -> None:
    """A wait that would pass the call's deadline is not begun: the error comes at once."""
    async with FaultServer(answer) as server, client(server.url) as cloud:
        with pytest.raises((RateLimitError, ServerError)):
            await cloud.services.get(SERVICE, timeout=timeout)
        assert waits == []

        with pytest.raises((RateLimitError, ServerError)):
            await cloud.services.get(SERVICE, timeout=None)
        assert [61 <= wait <= 61.25 for wait in waits] == [True, True]


async def test_backoff_past_the_deadline(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait of our own that would pass the deadline is not begun either."""
    monkeypatch.setattr(RetryPolicy, "backoff", lambda *_: 5.0)

    async with FaultServer(LOST) as server, client(server.url) as cloud:
        with pytest.raises(APIConnectionError) as caught:
            await cloud.services.get(SERVICE, timeout=4)

    assert type(caught.value) is APIConnectionError
    assert (len(server.arrivals), waits) == (1, [])


@pytest.mark.parametrize("longest", [5, 10])
async def test_longest_wait_for_a_server(longest: float, waits: list[float]) -> None:
    """A server that asks for more patience than the policy has is not waited for."""
    policy = RetryPolicy(attempts=2, longest_server_wait=longest)
    answer = throttle(X_RateLimit_Reset=9)
    async with FaultServer(answer) as server, client(server.url, retry=policy) as cloud:
        with pytest.raises(RateLimitError) as caught:
            await cloud.services.get(SERVICE)

    assert caught.value.retry_after == 9
    assert waits == ([9.25] if longest == 10 else [])
