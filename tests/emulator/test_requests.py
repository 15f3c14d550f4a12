"""Recorded requests, and the callback for them."""

from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING

import attrs
import pytest

from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

from .client import authorization, serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import RecordedRequest


async def test_no_way_leads_from_a_record_to_the_credential() -> None:
    """Neither representation, copy nor any attribute of a record holds what was sent."""
    async with serving(Emulator(time_scale=0)) as api:
        credential = authorization(api.emulator)["Authorization"].partition(" ")[2]
        api.emulator.faults.add(ErrorResponse(503))
        await api("GET", "/keys", checked=False)
        (record,) = api.emulator.requests
        copy = pickle.loads(pickle.dumps(record))  # noqa: S301 - our own

    assert copy == record
    assert record.headers["authorization"] == "Basic **********"
    for shown in (repr(record), str(attrs.asdict(record)), str(attrs.astuple(record))):
        assert credential not in shown
    assert credential.encode() not in pickle.dumps(record)


@pytest.mark.parametrize(("kept", "paths"), [(0, []), (1, ["/c"]), (2, ["/b", "/c"]), (9, None)])
async def test_the_last_requests_are_kept(kept: int, paths: list[str] | None) -> None:
    """Exactly as many of the last requests are kept as were asked for."""
    async with serving(Emulator(time_scale=0, kept_requests=kept)) as api:
        for path in ("/a", "/b", "/c"):
            await api("GET", path, checked=False)
        found = [f"/{request.path.rpartition('/')[2]}" for request in api.emulator.requests]

    assert found == (["/a", "/b", "/c"] if paths is None else paths)


async def test_who_is_told_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    """An exception of `on_request` is logged, and the request is answered all the same."""
    told: list[RecordedRequest] = []

    def tell(request: RecordedRequest) -> None:
        told.append(request)
        raise KeyError(request.path)

    with caplog.at_level(logging.ERROR, logger="clickhouse_cloud_async.emulator"):
        async with serving(Emulator(time_scale=0, on_request=tell)) as api:
            assert (await api("POST", "/keys", {"name": "k"})).status == 200
            assert told == api.emulator.requests

    assert "on_request failed" in caplog.text
    assert "Basic" not in caplog.text
