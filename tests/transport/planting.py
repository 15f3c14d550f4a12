"""Calls and answers of every operation, with secrets planted wherever the contract has them."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import attrs

from tests.contract.calls import call_of, response_of
from tests.samples import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import Schema
    from tests.contract.surface import Method, Surface

SEEDS = range(1, 8)


@attrs.frozen(repr=False)
class PlantedCall:
    """A call with every argument; its repr shows none of them.

    Attributes:
        method: The method of the async client.
        positional: Arguments by position.
        keywords: Arguments by keyword.
    """

    method: Method
    positional: tuple[Any, ...] = attrs.field(repr=False)
    keywords: dict[str, Any] = attrs.field(repr=False)

    async def on(self, cloud: Any, **more: Any) -> Any:
        """Make the call on a client, to the last page where it has pages."""
        called = self._called(cloud, more)
        return [item async for item in called] if self.method.is_iterator else await called

    def spoiled(self) -> Iterator[PlantedCall]:
        """The same call with a nested object in which a field is wrong, for each such argument."""
        for name, value in self.keywords.items():
            if isinstance(value, dict) and value:
                wrong = {**value, "": object()}
                yield attrs.evolve(self, keywords=self.keywords | {name: wrong})

    def _called(self, cloud: Any, more: dict[str, Any]) -> Any:
        function: Any = functools.reduce(getattr, self.method.name.split("."), cloud)
        return function(*self.positional, **(self.keywords | more))


def planted_call(surface: Surface, name: str, *, as_models: bool) -> PlantedCall:
    """A call with secrets in it, whose nested objects are models or mappings.

    Args:
        surface: The API.
        name: Place of the method on the client.
        as_models: Whether they are models.
    """
    method = surface.async_methods[name]
    call = call_of(surface, method, _seed(surface, name), as_models=as_models)
    return PlantedCall(method, call.positional, call.keywords)


def planted_answer(surface: Surface, name: str) -> tuple[int, Any]:
    """Status and JSON of a successful answer, or its text."""
    status, _, content = response_of(surface, surface.async_methods[name], _seed(surface, name))
    return status, content


def answers_json(surface: Surface, name: str) -> bool:
    """Return whether a successful answer is JSON, and not handed on as text."""
    _, _, content = response_of(surface, surface.async_methods[name], SEEDS[0])
    return not isinstance(content, str)


def has_secrets(surface: Surface, name: str) -> bool:
    """Return whether the requests or the answers of an operation hold secrets."""
    seed = _seed(surface, name)
    return SECRET in json.dumps([surface.samples.sample(s, seed) for s in _schemas(surface, name)])


def spoiled(value: Any) -> Any:
    """JSON of the same shape in which every leaf but the secrets is of another type."""
    if isinstance(value, dict):
        return {key: spoiled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item) for item in value]
    return value if value == SECRET else {"not": "that"} if isinstance(value, (int, str)) else 7


@functools.cache
def _seed(surface: Surface, name: str) -> int:
    """The first seed that chooses variants with secrets; the first of all where none does."""
    for seed in SEEDS:
        made = (surface.samples.sample(schema, seed) for schema in _schemas(surface, name))
        if any(SECRET in json.dumps(value) for value in made):
            return seed
    return SEEDS[0]


def _schemas(surface: Surface, name: str) -> list[Schema]:
    """Return what the requests and answers of an operation are made of."""
    facts = surface.operation(surface.async_methods[name])
    return [schema for schema in (facts.body, facts.success_content[1]) if schema]
