"""The envelopes that answers come in, the usual one and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud, ResponseDecodeError, models
from tests.samples import sample_of

from .surface import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recorder import Recorder


@pytest.fixture
def client(recorder: Recorder) -> Iterator[ClickHouseCloud]:
    """A client of the recording server."""
    with ClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as client:
        yield client


def test_list_as_a_bare_array(client: ClickHouseCloud, recorder: Recorder) -> None:
    """A paged list is read, too, where the items stand right in the place of the page."""
    recorder.answer(200, "application/json", {"result": [sample_of("Udf")]})

    assert client.udfs.list() == [models.Udf.from_dict(sample_of("Udf"))]
    assert len(recorder.requests) == 1


def test_discovery_without_envelope(client: ClickHouseCloud, recorder: Recorder) -> None:
    """Targets for Prometheus come as a bare array."""
    group = sample_of("PrometheusDiscoveryTargetGroup")
    recorder.answer(200, "application/json", [group])

    (target,) = client.prometheus.discover_targets()
    assert target.to_dict() == group


@pytest.mark.parametrize("answer", [{}, {"status": 200}, [], "text", 5, None])
def test_envelope_without_a_result(
    client: ClickHouseCloud, recorder: Recorder, answer: object
) -> None:
    """An answer that lacks the result it promises is an error, not an empty result."""
    recorder.answer(200, "application/json", answer)
    with pytest.raises(ResponseDecodeError, match="the response has no 'result'"):
        client.services.get("s")


@pytest.mark.parametrize("answer", [{"result": {}}, {"result": {"items": None}}, {}])
def test_page_without_items(client: ClickHouseCloud, recorder: Recorder, answer: object) -> None:
    """A page that lacks its items is an error, not the end of the list."""
    recorder.answer(200, "application/json", answer)
    with pytest.raises(ResponseDecodeError, match=r"the response has no 'result\.items'"):
        client.udfs.list()


def test_wrong_item_in_a_list(client: ClickHouseCloud, recorder: Recorder) -> None:
    """A wrong item is named with its index, and the error knows the request."""
    recorder.answer(200, "application/json", {"result": [{}, 5], "requestId": "r-1"})
    with pytest.raises(ResponseDecodeError, match=r"\$\[1\]: expected object") as caught:
        client.services.list()

    assert (caught.value.operation, caught.value.status) == ("instanceGetList", 200)
    assert caught.value.request_id == "r-1"
