"""Nothing that is sent makes the emulator fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async.emulation.clock import START
from clickhouse_cloud_async.emulation.messages import Incoming
from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulator import Emulator
from tests.effort import EXAMPLES
from tests.sampling import Sampler

from .client import authorization
from .contract import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Mapping

EMULATOR = Emulator(4, time_scale=0)
HEADERS = {name.lower(): value for name, value in authorization(EMULATOR).items()}

SCALARS = st.none() | st.booleans() | st.integers(-5, 400) | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def _status(
    method: str, path: str, body: bytes = b"", query: tuple[tuple[str, str], ...] = ()
) -> int:
    return _answer(method, path, query, HEADERS, body)


def _answer(
    method: str,
    path: str,
    query: tuple[tuple[str, str], ...],
    headers: Mapping[str, str],
    body: bytes,
) -> int:
    incoming = Incoming(method, path, query, headers, body, "127.0.0.1", "http://127.0.0.1")
    return EMULATOR._pipeline.answer(incoming).status


def _mutated(draw: st.DrawFn, value: Any) -> Any:
    """A value like another one, with something replaced, taken away or added somewhere inside."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        kept = {key: item for key, item in value.items() if key != name}
        return kept if draw(st.booleans()) else kept | {name: _mutated(draw, value[name])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [_mutated(draw, item) for item in value] * draw(st.integers(1, 2))
    return draw(JSON)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes, tuple[tuple[str, str], ...]]:
    """An operation on things that are mostly there, with a body that is nearly right."""
    operation = draw(st.sampled_from(list(CONTRACT.operations.values())))
    services = sorted(EMULATOR._organization(EMULATOR.organization_id).collection("services")) or [
        "none"
    ]
    known = {
        "{organizationId}": st.just(EMULATOR.organization_id),
        "{serviceId}": st.sampled_from(services),
    }
    others = st.sampled_from(["max_threads", "1", "%2F", "services-per-organization"])
    path = "/".join(
        draw(known.get(part, others)) if part.startswith("{") else part
        for part in operation.path.split("/")
    )
    sampler = Sampler(CONTRACT, seeded(draw(st.integers(0, 99))), START)
    query = tuple(
        (p.name, str(sampler.sample(p.schema)) if draw(st.booleans()) else draw(st.text()))
        for p in operation.parameters_in("query")
    )
    if operation.body is None:
        return operation.method, path, b"", query
    body = sampler.sample(operation.body)
    for _ in range(draw(st.integers(0, 3))):
        body = _mutated(draw, body)
    return operation.method, path, _encoded(body), query


def _encoded(value: Any) -> bytes:
    return json.dumps(value, allow_nan=True).encode()


@settings(
    max_examples=4 * EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(requests())
def test_nearly_right_requests_never_fail(
    request: tuple[str, str, bytes, tuple[tuple[str, str], ...]],
) -> None:
    """Requests of every operation with odd bodies and queries are answered below 500."""
    assert _status(*request) < 500


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.sampled_from(["GET", "POST", "PATCH"]), st.text(), st.binary(max_size=50))
def test_arbitrary_paths_and_bodies_never_fail(method: str, path: str, body: bytes) -> None:
    """Whatever path and bytes are sent, the answer is below 500."""
    prefix = f"/v1/organizations/{EMULATOR.organization_id}/services"

    assert _status(method, path, body) < 500
    assert _status(method, f"/{path}", body) < 500
    assert _status(method, f"{prefix}/{path}", body) < 500
    assert _status(method, prefix, body) < 500


@given(st.text())
def test_arbitrary_credentials_never_fail(header: str) -> None:
    """Whatever stands in the authorization header, the answer is a refusal."""
    assert _answer("GET", "/v1/organizations", (), {"authorization": header}, b"") == 401
