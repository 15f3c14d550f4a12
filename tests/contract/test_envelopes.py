"""The envelopes that results come in, and responses that lack what they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import ClickHouseCloud, ResponseDecodeError, models
from tests.offenders import Offenders
from tests.samples import sample_of

from .apis import CLICKHOUSE, EVERY_SURFACE
from .calls import answer_with, call_of, is_made_of_models, prepare, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .recorder import Recorder
    from .surface import Method, Surface


@pytest.fixture
def client(recorder: Recorder) -> Iterator[ClickHouseCloud]:
    """A client of the recording server."""
    with CLICKHOUSE.connect(recorder.url, is_async=False) as client:
        yield client


def test_list_as_a_bare_array(client: ClickHouseCloud, recorder: Recorder) -> None:
    """A paged list is read, too, where the items stand right in place of the page."""
    recorder.answer(200, "application/json", {"result": [sample_of("Udf")]})

    assert client.udfs.list() == [models.Udf.from_dict(sample_of("Udf"))]
    assert len(recorder.requests) == 1


def test_discovery_without_envelope(client: ClickHouseCloud, recorder: Recorder) -> None:
    """Targets for Prometheus come as a bare array."""
    group = sample_of("PrometheusDiscoveryTargetGroup")
    recorder.answer(200, "application/json", [group])

    (target,) = client.prometheus.discover_targets()
    assert target.to_dict() == group


def enveloped(surface: Surface) -> list[Method]:
    """The methods whose results have to stand inside an object."""
    methods = [surface.async_methods[name] for name in surface.operations]
    return [
        method
        for method in methods
        if (operation := method.operation)
        and (operation.paging.items if operation.paging else operation.keys)
        and not operation.may_be_empty
    ]


async def error_of(method: Method, called: Any) -> ResponseDecodeError:
    """The error that a call ends with."""
    with pytest.raises(ResponseDecodeError) as caught:
        await result_of(method, called)
    return caught.value


@EVERY_SURFACE
@pytest.mark.parametrize("answer", [{}, {"status": 200}, [], "text", 5, None], ids=str)
async def test_envelope_without_a_result(
    recorder: Recorder, surface: Surface, answer: object
) -> None:
    """A response that lacks the result it promises is an error, not an empty result."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in enveloped(surface):
            if answer == [] and method.operation and method.operation.paging:
                continue  # the items of a page may stand right in its place
            with offenders.at(method.name):
                prepare(surface, recorder, method, 1)
                recorder.answer(recorder.status, "application/json", answer)
                error = await error_of(method, call_of(surface, method, 1).on(client))
                assert error.message.startswith("the response has no '")
    offenders.check()


@EVERY_SURFACE
async def test_page_without_items(recorder: Recorder, surface: Surface) -> None:
    """A page that lacks its items is an error, not the end of the list."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in enveloped(surface):
            if method.operation is None or method.operation.paging is None:
                continue
            place = ".".join(method.operation.paging.items)
            messages = {f"the response has no '{place}'", "$: expected array, found null"}
            with offenders.at(method.name):
                prepare(surface, recorder, method, 1)
                answer_with(recorder, method, None)
                error = await error_of(method, call_of(surface, method, 1).on(client))
                assert error.message in messages
    offenders.check()


@EVERY_SURFACE
async def test_wrong_item_in_a_list(recorder: Recorder, surface: Surface) -> None:
    """A wrong item is named with its index, and the error knows the request."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for name in surface.operations:
            method = surface.async_methods[name]
            result = prepare(surface, recorder, method, 1)
            if not (isinstance(result, list) and is_made_of_models(method)):
                continue
            with offenders.at(method.name):
                answer_with(recorder, method, [{}, 5])
                error = await error_of(method, call_of(surface, method, 1).on(client))
                assert "$[1]: expected object, found integer" in error.message
                assert (error.operation, error.api) == (surface.operation(method).id, surface.name)
    offenders.check()
