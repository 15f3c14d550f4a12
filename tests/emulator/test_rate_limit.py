"""The limit on requests per key."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async.emulator import Emulator, RequestLimit

from .client import serving


async def test_window_closes_and_reopens() -> None:
    """Requests beyond the limit wait until the window has passed on the emulator's clock."""
    async with serving(Emulator(time_scale=0, rate_limit=RequestLimit(2, per=10.0))) as api:
        first = await api("GET", "/services")
        api.emulator.advance(4.5)
        second, third = await api("GET", "/keys/none"), await api("GET", "/services")
        api.emulator.advance(5.5)
        fourth = await api("GET", "/services")

    assert [a.status for a in (first, second, third, fourth)] == [200, 404, 429, 200]
    remaining = [a.headers["X-RateLimit-Remaining"] for a in (first, second, third, fourth)]
    assert remaining == ["1", "0", "0", "1"]
    assert {"2"} == {a.headers["X-RateLimit-Limit"] for a in (first, second, third, fourth)}
    assert third.headers["X-RateLimit-Reset"] == "5.500"
    assert third.error == "too many requests with this key"
    assert "X-RateLimit-Reset" not in second.headers


async def test_keys_have_windows_of_their_own() -> None:
    """What one key uses up is not taken from another."""
    async with serving(Emulator(time_scale=0, rate_limit=RequestLimit(1))) as api:
        statuses = [(await api("GET", "/services")).status for _ in range(2)]
        headers = {"Authorization": f"Bearer {api.emulator.token}"}
        other = (await api("GET", "/services", headers=headers)).status

    assert (statuses, other) == ([200, 429], 200)


async def test_no_limit_by_default() -> None:
    """Without a limit nothing is counted, and clients are told that they need not hold back."""
    async with serving(Emulator(time_scale=0)) as api:
        answers = [await api("GET", "/v1/organizations") for _ in range(20)]

    assert {200} == {answer.status for answer in answers}
    assert answers[-1].headers["X-RateLimit-Limit"] == "1000000"
    assert "X-RateLimit-Remaining" not in answers[-1].headers


@pytest.mark.parametrize(("requests", "per"), [(0, 10.0), (1, 0.0), (1, -1.0)])
def test_impossible_limits(requests: int, per: float) -> None:
    """A limit admits something and lasts some time."""
    with pytest.raises(ValueError, match="must be"):
        RequestLimit(requests, per=per)
