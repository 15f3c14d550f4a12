"""Everything public says what it does, and what the contract limits is said, too."""

from __future__ import annotations

import enum
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import models
from clickhouse_cloud_async.core.model import Model, wire_name
from tests.samples import CONTRACT, MODEL_SCHEMAS, SCHEMAS, model_of

from .surface import ASYNC_METHODS, NAMESPACES, SYNC_METHODS, Method, body_fields, documented

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


def unsaid(schema: Schema, text: str) -> list[str]:
    """The bounds and the numbers to choose from that a text does not name."""
    facts = {**SCHEMAS.resolve(schema), **schema}
    stated = {key: f"{facts[key]:,}" for key in BOUNDS if facts.get(key)}
    numbers = [value for value in facts.get("enum", ()) if isinstance(value, int | float)]
    if len(numbers) > 1:
        stated |= {f"one of {number}": str(number) for number in numbers}
    words = text.replace(". ", " ").rstrip(".").replace(", ", " ").split()
    return [fact for fact, number in stated.items() if number not in words]


@pytest.mark.parametrize("schema", MODEL_SCHEMAS)
def test_models_describe_their_fields(schema: str) -> None:
    """A model's docstring has a line for each field, with the bounds of the contract."""
    model = model_of(schema)
    lines = documented(inspect.getdoc(model) or "", "Attributes")
    properties = SCHEMAS.schemas[schema]["properties"]
    fields = {field: properties[wire_name(model, field)] for field in lines}

    assert len(fields) == len(properties)
    assert [text for field in fields for text in unsaid(fields[field], lines[field])] == []


@pytest.mark.parametrize("name", models.__all__)
def test_models_and_enums_have_docstrings(name: str) -> None:
    """A generated class says in its own words what it is."""
    found = getattr(models, name)

    if isinstance(found, type) and issubclass(found, Model | enum.StrEnum):
        assert found.__doc__
        assert found.__doc__[0].isupper()
        assert len(found.__doc__.splitlines()[0]) > len("A word.")


@pytest.mark.parametrize("name", ASYNC_METHODS)
@pytest.mark.parametrize("methods", [ASYNC_METHODS, SYNC_METHODS], ids=["async", "sync"])
def test_methods_describe_their_arguments(methods: dict[str, Method], name: str) -> None:
    """A method's docstring has a summary, each argument, the result, the errors and the source."""
    function = methods[name].function
    signature = inspect.signature(function)
    text = inspect.getdoc(function) or ""

    assert text.split("\n")[0].endswith(".")
    assert documented(text, "Args").keys() == signature.parameters.keys()
    assert ("\nReturns:\n" in text) == (signature.return_annotation != "None")
    assert "CloudError" in documented(text, "Raises")


@pytest.mark.parametrize("name", ASYNC_METHODS)
@pytest.mark.parametrize("methods", [ASYNC_METHODS, SYNC_METHODS], ids=["async", "sync"])
def test_methods_name_their_source(methods: dict[str, Method], name: str) -> None:
    """A method's docstring names method, path and id of the operation behind it."""
    operation = ASYNC_METHODS[name].operation
    text = " ".join((inspect.getdoc(methods[name].function) or "").split())

    if operation is None:
        assert "Source: ``GET /v1/" in text
    else:
        assert f"Source: ``{operation.method} {operation.path}`` ({operation.id})." in text


@pytest.mark.parametrize("name", ASYNC_METHODS)
def test_methods_name_bounds(name: str) -> None:
    """The bounds of the contract stand at the arguments that they hold for."""
    method = ASYNC_METHODS[name]
    if method.operation is None:
        return
    lines = documented(inspect.getdoc(method.function) or "", "Args")
    facts = CONTRACT.operations[method.operation.id]
    schemas: dict[str, Schema] = {p.name: p.schema for p in facts.parameters_in("query")}
    properties: Any = CONTRACT.resolve(facts.body or {}).get("properties", {})
    for field, wire in body_fields(method.operation):
        schemas[field] = properties[wire]
    given = lines.keys() & schemas.keys()

    assert [text for field in given for text in unsaid(schemas[field], lines[field])] == []


@pytest.mark.parametrize(("place", "namespace"), NAMESPACES)
def test_namespaces_have_docstrings(place: str, namespace: cached_property[Any]) -> None:
    """Each namespace says what it is about."""
    summary = (inspect.getdoc(namespace) or "").split("\n")[0]

    assert summary.endswith("."), place


def test_calls_in_preview_or_deprecated_say_so() -> None:
    """A method whose operation may change, or should not be used any more, says so."""
    for method in ASYNC_METHODS.values():
        if method.operation is None:
            continue
        facts = CONTRACT.operations[method.operation.id]
        text = inspect.getdoc(method.function) or ""
        assert facts.beta == ("Beta: the API may still change this call." in text), method.name
        assert facts.deprecated == ("Deprecated by the API." in text.split("\n\nArgs:")[0])
