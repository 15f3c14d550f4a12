"""Ids and query values arrive unchanged, with any characters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ClickHouseCloud, InvalidArgumentError, models
from tests.offenders import Offenders
from tests.samples import TEXTS, sample_of

from .apis import CLICKHOUSE, EVERY_SURFACE
from .calls import call_of, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import Call
    from .recorder import Recorder
    from .surface import Method, Surface

IDS = st.one_of(
    TEXTS,
    st.text("./\\%?#&=+;:@ \r\n\t\0é☃", max_size=8),
    st.sampled_from(
        ["../..", "..%2f", "%2e%2e", "a/../b", "//evil.example/x", "?x=1", "#", "a\r\nHost: b"]
    ),
).filter(lambda text: bool(text.strip()) and text not in {".", ".."})

BAD_IDS = ["", " ", "\t\n", "\u2003", ".", "..", "\ud800", "a\udfff", 1.5, True, b"id", ["id"]]
"""Values that would name another path, or that are of another type than ids are."""


@pytest.fixture(scope="module")
def client(recorder: Recorder) -> Iterator[ClickHouseCloud]:
    """A client of the recording server."""
    with CLICKHOUSE.connect(recorder.url, is_async=False) as client:
        yield client


@pytest.fixture(scope="module")
def answering(recorder: Recorder) -> Recorder:
    """The recording server, set to answer with one service."""
    recorder.answer(200, "application/json", {"result": sample_of("Service")})
    return recorder


@given(IDS, IDS)
def test_ids_arrive_as_one_segment(
    client: ClickHouseCloud, answering: Recorder, organization: str, service: str
) -> None:
    """Any id is one segment of the path, and decodes to itself."""
    answering.requests.clear()
    client.services.get(service, organization_id=organization)

    (sent,) = answering.requests
    assert sent.segments == ("v1", "organizations", organization, "services", service)
    assert sent.query == ()


def test_uuid_is_an_id(client: ClickHouseCloud, answering: Recorder) -> None:
    """A UUID object is as good as its text."""
    answering.requests.clear()
    client.services.get(UUID(int=5))

    assert answering.requests[0].segments[-1] == str(UUID(int=5))


@EVERY_SURFACE
async def test_ids_that_cannot_be_right_are_refused(recorder: Recorder, surface: Surface) -> None:
    """Whatever is no id is refused unsent, in each place of each path, with that place's name."""
    recorder.requests.clear()
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for name in surface.operations:
            method = surface.async_methods[name]
            call = call_of(surface, method, 1)
            if method.is_download:
                continue
            for bad in BAD_IDS:
                for wire, wrong in with_bad_id(surface, method, call, bad):
                    with offenders.at(f"{name}, {wire}={bad!r}"):
                        with pytest.raises(InvalidArgumentError, match=wire) as caught:
                            await result_of(method, wrong.on(client))
                        assert caught.value.operation == call.operation
    offenders.check()
    assert recorder.requests == []


def with_bad_id(
    surface: Surface, method: Method, call: Call, bad: object
) -> Iterator[tuple[str, Call]]:
    """Calls with something else in place of one id each, with that place's name in paths."""
    address = surface.address_of(method)
    inside = address.parameters if address else ()
    parameters = [each for each in surface.by_position(method) if each.name not in inside]
    for index, parameter in enumerate(parameters, start=1 if address else 0):
        positional = (*call.positional[:index], bad, *call.positional[index + 1 :])
        yield parameter.name, attrs.evolve(call, positional=positional)
    for wire, scope in surface.api.scopes_in(surface.operation(method).path).items():
        if wire not in {parameter.name for parameter in parameters}:
            yield wire, attrs.evolve(call, keywords={**call.keywords, scope.argument: bad})


@given(st.lists(TEXTS | IDS, max_size=4))
def test_query_values_arrive(
    client: ClickHouseCloud, recorder: Recorder, filters: list[str]
) -> None:
    """Any text is one query value; a list is one pair for each of its items."""
    recorder.answer(200, "application/json", {"result": []})
    conditions = [f"tag:t{text}" for text in filters]
    client.services.list(filter=conditions)

    assert recorder.requests[0].query == tuple(("filter", text) for text in conditions)


def test_query_value_that_utf8_cannot_encode_is_refused(
    client: ClickHouseCloud, recorder: Recorder
) -> None:
    """A query value with half a surrogate pair is refused unsent."""
    recorder.answer(200, "application/json", {"result": []})
    with pytest.raises(InvalidArgumentError, match="filter"):
        client.services.list(filter=["tag:\ud800"])

    assert recorder.requests == []


def test_body_that_utf8_cannot_encode_is_refused(
    client: ClickHouseCloud, recorder: Recorder
) -> None:
    """A text in a body with half a surrogate pair is refused unsent."""
    recorder.answer(200, "application/json", {"result": sample_of("Service")})
    with pytest.raises(InvalidArgumentError, match="written as JSON"):
        client.services.update("id", name="\ud800")

    assert recorder.requests == []


def test_moments_in_the_query(client: ClickHouseCloud, recorder: Recorder) -> None:
    """A moment in the query keeps its offset, the plus sign included."""
    recorder.answer(200, "application/json", {"result": []})
    moment = datetime(2030, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    client.activities.list(from_date=moment, to_date="2030-01-03T00:00:00Z")

    assert recorder.requests[0].query == (
        ("from_date", "2030-01-02T03:00:00+02:00"),
        ("to_date", "2030-01-03T00:00:00Z"),
    )


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false")])
def test_truth_values_in_the_query(
    client: ClickHouseCloud, recorder: Recorder, *, value: bool, text: str
) -> None:
    """A truth value in the query is written as JSON writes it."""
    recorder.answer(200, "text/plain", "metrics")
    client.prometheus.get_service_metrics("s", filtered_metrics=value)

    assert recorder.requests[0].query == (("filtered_metrics", text),)


def test_enum_members_and_texts_are_the_same(client: ClickHouseCloud, recorder: Recorder) -> None:
    """A member of an enum is sent as its value."""
    recorder.answer(200, "application/json", {"result": []})
    for region in (models.Region.US_EAST_1, "us-east-1"):
        client.services.list_profiles(region_id=region)

    assert {request.query for request in recorder.requests} == {(("region_id", "us-east-1"),)}
