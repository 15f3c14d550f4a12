"""Everything public says what it does, and what the contract limits is said, too."""

from __future__ import annotations

import enum
import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.core.model import Model, wire_name

from .surface import SURFACES, Method, Surface, body_fields, documented, each_of

if TYPE_CHECKING:
    from functools import cached_property

    from clickhouse_cloud_async.core.contract import Schema

BOUNDS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)


EVERY_METHOD = each_of(lambda surface: surface.async_methods)


def _method(surface: Surface, name: str, *, is_async: bool) -> Method:
    methods = surface.async_methods if is_async else surface.sync_methods
    return methods[name]


def unsaid(surface: Surface, schema: Schema, text: str) -> list[str]:
    """The bounds and the numbers to choose from that a text does not name."""
    facts = {**surface.samples.schemas.resolve(schema), **schema}
    stated = {key: f"{facts[key]:,}" for key in BOUNDS if facts.get(key)}
    numbers = [value for value in facts.get("enum", ()) if isinstance(value, int | float)]
    if len(numbers) > 1:
        stated |= {f"one of {number}": str(number) for number in numbers}
    words = text.replace(". ", " ").rstrip(".").replace(", ", " ").split()
    return [fact for fact, number in stated.items() if number not in words]


@pytest.mark.parametrize(("surface", "schema"), each_of(lambda s: s.samples.model_schemas))
def test_models_describe_their_fields(surface: Surface, schema: str) -> None:
    """A model's docstring has a line for each field, with the bounds of the contract."""
    model = surface.samples.model_of(schema)
    lines = documented(inspect.getdoc(model) or "", "Attributes")
    properties = surface.samples.schemas.schemas[schema]["properties"]
    fields = {field: properties[wire_name(model, field)] for field in lines}

    assert len(fields) == len(properties)
    assert [text for field in fields for text in unsaid(surface, fields[field], lines[field])] == []


@pytest.mark.parametrize(("surface", "name"), each_of(lambda s: s.samples.models.__all__))
def test_models_and_enums_have_docstrings(surface: Surface, name: str) -> None:
    """A generated class says in its own words what it is."""
    found = getattr(surface.samples.models, name)

    if isinstance(found, type) and issubclass(found, Model | enum.StrEnum):
        assert found.__doc__
        assert found.__doc__[0].isupper()
        assert len(found.__doc__.splitlines()[0]) > len("A word.")


@pytest.mark.parametrize(("surface", "name"), EVERY_METHOD)
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
def test_methods_describe_their_arguments(surface: Surface, name: str, *, is_async: bool) -> None:
    """A method's docstring has a summary, each argument, the result, the errors and the source."""
    function = _method(surface, name, is_async=is_async).function
    signature = inspect.signature(function)
    text = inspect.getdoc(function) or ""

    assert text.split("\n")[0].endswith(".")
    assert documented(text, "Args").keys() == signature.parameters.keys()
    assert ("\nReturns:\n" in text) == (signature.return_annotation != "None")
    assert "CloudError" in documented(text, "Raises")


@pytest.mark.parametrize(("surface", "name"), EVERY_METHOD)
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
def test_methods_name_their_source(surface: Surface, name: str, *, is_async: bool) -> None:
    """A method's docstring names method, path and id of the operation behind it."""
    operation = surface.async_methods[name].operation
    text = " ".join(
        (inspect.getdoc(_method(surface, name, is_async=is_async).function) or "").split()
    )

    if operation is None:
        assert re.search(r"Source: ``GET /\S+`` \(\w+\)", text)
    else:
        assert f"Source: ``{operation.method} {operation.path}`` ({operation.id})." in text


@pytest.mark.parametrize(("surface", "name"), EVERY_METHOD)
def test_methods_name_bounds(surface: Surface, name: str) -> None:
    """The bounds of the contract stand at the arguments that they hold for."""
    method = surface.async_methods[name]
    if method.operation is None:
        return
    lines = documented(inspect.getdoc(method.function) or "", "Args")
    facts = surface.operation(method)
    schemas: dict[str, Schema] = {p.name: p.schema for p in facts.parameters_in("query")}
    properties: Any = surface.samples.contract.resolve(facts.body or {}).get("properties", {})
    for field, wire in body_fields(method.operation):
        schemas[field] = properties[wire]
    given = lines.keys() & schemas.keys()

    assert [text for field in given for text in unsaid(surface, schemas[field], lines[field])] == []


@pytest.mark.parametrize(
    ("place", "namespace"), [each for surface in SURFACES for each in surface.namespaces]
)
def test_namespaces_have_docstrings(place: str, namespace: cached_property[Any]) -> None:
    """Each namespace says what it is about."""
    summary = (inspect.getdoc(namespace) or "").split("\n")[0]

    assert summary.endswith("."), place


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_calls_in_preview_or_deprecated_say_so(surface: Surface) -> None:
    """A method whose operation may change, or should not be used any more, says so."""
    for method in surface.async_methods.values():
        if method.operation is None:
            continue
        facts = surface.operation(method)
        text = inspect.getdoc(method.function) or ""
        assert facts.beta == ("Beta: the API may still change this call." in text), method.name
        assert facts.deprecated == ("Deprecated by the API." in text.split("\n\nArgs:")[0])
