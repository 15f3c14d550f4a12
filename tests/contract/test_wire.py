"""The request and the result of every method of both clients."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async.core.codec import to_json
from tests.offenders import Offenders

from .apis import EVERY_SURFACE
from .calls import (
    CONTENT,
    Call,
    answer_with,
    call_of,
    is_made_of_models,
    prepare,
    response_of,
    result_of,
)
from .surface import body_class, body_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .recorder import Recorder
    from .surface import Method, Surface

_REQUIRED = inspect.Parameter.empty

SEEDS = (1, 2, 3)
"""Each chooses other variants where the contract leaves a choice."""


def calls(surface: Surface) -> Iterator[Method]:
    """The methods of one operation each, but for those that write to files."""
    methods = (surface.async_methods[name] for name in surface.operations)
    return (method for method in methods if not method.is_download)


def check(call: Call, recorder: Recorder, result: Any, expected: Any) -> None:
    """Check what a call has sent, and what came of it."""
    assert len(recorder.requests) == 1
    assert call.differences(recorder.requests[0]) == []
    assert to_json(result) == expected


@EVERY_SURFACE
async def test_async_client_on_the_wire(recorder: Recorder, surface: Surface) -> None:
    """A call sends what the contract asks for, and gives what the response holds."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in calls(surface):
            for seed in SEEDS:
                with offenders.at(f"{method.name}, {seed}"):
                    call = call_of(surface, method, seed)
                    schema = surface.operation(method).body
                    expected = prepare(surface, recorder, method, seed)
                    result = await result_of(method, call.on(client))

                    check(call, recorder, result, expected)
                    assert schema is None or not surface.samples.problems(schema, call.body)
    offenders.check()


@EVERY_SURFACE
def test_sync_client_on_the_wire(recorder: Recorder, surface: Surface) -> None:
    """The sync client sends the same and gives the same; objects may also be models."""
    offenders = Offenders()
    with surface.connect(recorder.url, is_async=False) as client:
        for method in calls(surface):
            for seed in SEEDS:
                with offenders.at(f"{method.name}, {seed}"):
                    call = call_of(surface, method, seed, as_models=True)
                    expected = prepare(surface, recorder, method, seed)
                    called = call.on(client)

                    result = list(called) if method.is_iterator else called
                    check(call, recorder, result, expected)
    offenders.check()


@EVERY_SURFACE
async def test_what_is_left_out_is_not_sent(recorder: Recorder, surface: Surface) -> None:
    """A call with nothing but what is required sends nothing else."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in calls(surface):
            with offenders.at(method.name):
                call = minimal(surface, method)
                prepare(surface, recorder, method, SEEDS[0])
                called = call.on(client)
                await (anext(aiter(called), None) if method.is_iterator else called)

                assert call.differences(recorder.requests[0]) == []
    offenders.check()


def minimal(surface: Surface, method: Method) -> Call:
    """A call of a method with nothing but what it requires."""
    full = call_of(surface, method, SEEDS[0])
    arguments = method.arguments
    given = {name for name in full.keywords if arguments[name].default is _REQUIRED}
    given |= {*surface.demanded.get(method.name, ()), *surface.choices.get(full.operation, ())}
    body = full.body
    if body_class(method.operation) is not None:
        fields = body_fields(method.operation)
        left_out = {wire for name, wire in fields if name in arguments.keys() - given}
        body = {wire: value for wire, value in body.items() if wire not in left_out}
    names = surface.python_names(method)
    query = {(wire, text) for wire, text in full.query if names[wire] in given}
    paging = method.operation.paging if method.operation else None
    if paging is not None and paging.request_size is not None:
        query.add((str(paging.size_parameter), str(paging.request_size)))
    return attrs.evolve(
        full,
        keywords={name: value for name, value in full.keywords.items() if name in given},
        query=frozenset(query),
        headers=frozenset((wire, text) for wire, text in full.headers if names[wire] in given),
        body=body,
    )


@EVERY_SURFACE
async def test_downloads_write_files(recorder: Recorder, surface: Surface, tmp_path: Path) -> None:
    """A method that saves the result of another sends the same, and writes what comes back."""
    offenders = Offenders()
    downloads = [m for name in surface.operations if (m := surface.async_methods[name]).is_download]
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in downloads:
            with offenders.at(method.name):
                call = call_of(surface, method, SEEDS[0])
                status, media, _ = response_of(surface, method, SEEDS[0])
                recorder.answer(status, media, CONTENT.decode())
                file = tmp_path / method.name
                await attrs.evolve(call, positional=(*call.positional, file)).on(client)

                assert call.differences(recorder.requests[0]) == []
                assert file.read_bytes() == CONTENT
    offenders.check()


ODDITIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "empty": lambda _: {},
    "null": dict.fromkeys,
    "unknown": lambda full: {**full, "neverSeenBefore": {"deep": [1]}},
}
"""Objects in responses that are not as the contract has them, made of one that is."""


@EVERY_SURFACE
@pytest.mark.parametrize("oddity", ODDITIES)
async def test_odd_objects_are_read(recorder: Recorder, surface: Surface, oddity: str) -> None:
    """Results without fields, with nothing but nulls, or with unknown fields are no error."""
    offenders = Offenders()
    async with surface.connect(recorder.url, is_async=True) as client:
        for method in calls(surface):
            if not is_made_of_models(method):
                continue
            with offenders.at(method.name):
                call = call_of(surface, method, SEEDS[0])
                full = prepare(surface, recorder, method, SEEDS[0])
                change = ODDITIES[oddity]
                odd = [change(item) for item in full] if isinstance(full, list) else change(full)
                answer_with(recorder, method, odd)
                result = await result_of(method, call.on(client))

                assert to_json(result) == (full if oddity == "unknown" else odd)
    offenders.check()
