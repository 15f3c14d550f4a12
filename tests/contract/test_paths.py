"""Ids and query values arrive as they were given, whatever stands in them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ClickHouseCloud, InvalidArgumentError, models
from tests.samples import TEXTS, sample_of

from .surface import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recorder import Recorder

IDS = st.one_of(
    TEXTS,
    st.text("./\\%?#&=+;:@ \r\n\t\0é☃", max_size=8),
    st.sampled_from(
        ["../..", "..%2f", "%2e%2e", "a/../b", "//evil.example/x", "?x=1", "#", "a\r\nHost: b"]
    ),
).filter(lambda text: bool(text.strip()) and text not in {".", ".."})


@pytest.fixture(scope="module")
def client(recorder: Recorder) -> Iterator[ClickHouseCloud]:
    """A client of the recording server."""
    with ClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as client:
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


@pytest.mark.parametrize("bad", ["", " ", "\t\n", "\u2003", ".", "..", "\ud800", "a\udfff"])
@pytest.mark.parametrize("place", ["service", "organization"])
def test_ids_that_name_another_path_are_refused(
    client: ClickHouseCloud, answering: Recorder, place: str, bad: str
) -> None:
    """Empty, blank and dot segments, and what UTF-8 cannot encode, are refused unsent."""
    answering.requests.clear()
    ids = {"service": "s", "organization": "o"} | {place: bad}
    with pytest.raises(InvalidArgumentError, match=f"{place}Id") as caught:
        client.services.get(ids["service"], organization_id=ids["organization"])

    assert caught.value.operation == "instanceGet"
    assert answering.requests == []


@pytest.mark.parametrize("bad", [None, 1.5, True, b"id", ["id"]])
def test_ids_of_other_types_are_refused(
    client: ClickHouseCloud, answering: Recorder, bad: object
) -> None:
    """An id is a text, a UUID or a whole number."""
    answering.requests.clear()
    with pytest.raises(InvalidArgumentError, match="serviceId: "):
        client.services.get(bad)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake

    assert answering.requests == []


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
