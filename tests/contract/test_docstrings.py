"""Everything public is documented, including the limits of the contract."""

from __future__ import annotations

import enum
import inspect
import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.model import Model, wire_name
from tests.offenders import Offenders

from .apis import EVERY_SURFACE
from .surface import body_fields, documented

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import Schema

    from .surface import Method, Surface

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


def both(surface: Surface) -> Iterator[tuple[str, Method]]:
    """The methods of both clients, each with its place and the name of its client."""
    for client, methods in zip(
        surface.clients, (surface.async_methods, surface.sync_methods), strict=True
    ):
        for name, method in methods.items():
            yield f"{client.__name__}.{name}", method


def unsaid(surface: Surface, schema: Schema, text: str) -> list[str]:
    """The bounds and the numbers to choose from that a text does not name."""
    facts = {**surface.samples.schemas.resolve(schema), **schema}
    stated = {key: f"{facts[key]:,}" for key in BOUNDS if facts.get(key)}
    numbers = [value for value in facts.get("enum", ()) if isinstance(value, int | float)]
    if len(numbers) > 1:
        stated |= {f"one of {number}": str(number) for number in numbers}
    words = text.replace(". ", " ").rstrip(".").replace(", ", " ").split()
    return [fact for fact, number in stated.items() if number not in words]


@EVERY_SURFACE
def test_models_describe_their_fields(surface: Surface) -> None:
    """A model's docstring has a line for each field, with the bounds of the contract."""
    offenders = Offenders()
    for schema in surface.samples.model_schemas:
        model = surface.samples.model_of(schema)
        lines = documented(inspect.getdoc(model) or "", "Attributes")
        properties = surface.samples.schemas.schemas[schema]["properties"]
        with offenders.at(schema):
            fields = {field: properties[wire_name(model, field)] for field in lines}
            assert len(fields) == len(properties)
            for field, facts in fields.items():
                assert unsaid(surface, facts, lines[field]) == [], field
    offenders.check()


@EVERY_SURFACE
def test_models_and_enums_have_docstrings(surface: Surface) -> None:
    """A generated class says in its own words what it is."""
    models = surface.samples.models
    public = [getattr(models, name) for name in models.__all__]
    kinds = (Model, enum.Enum)
    classes = [each for each in public if isinstance(each, type) and issubclass(each, kinds)]
    summaries = {c.__name__: (c.__doc__ or "").split("\n")[0] for c in classes}

    assert len(classes) > 10
    assert [n for n, text in summaries.items() if not text[:1].isupper() or len(text) < 8] == []


@EVERY_SURFACE
def test_methods_describe_their_arguments(surface: Surface) -> None:
    """A method's docstring has a summary, each argument, the result, the errors and the source."""
    offenders = Offenders()
    for name, method in both(surface):
        signature = inspect.signature(method.function)
        text = inspect.getdoc(method.function) or ""
        with offenders.at(name):
            assert text.split("\n")[0].endswith(".")
            assert documented(text, "Args").keys() == signature.parameters.keys()
            assert ("\nReturns:\n" in text) == (signature.return_annotation != "None")
            assert "CloudError" in documented(text, "Raises")
    offenders.check()


@EVERY_SURFACE
def test_methods_name_their_source(surface: Surface) -> None:
    """A method's docstring names method, path and id of the operation behind it."""
    offenders = Offenders()
    for name, method in both(surface):
        operation = surface.async_methods[name.partition(".")[2]].operation
        text = " ".join((inspect.getdoc(method.function) or "").split())
        with offenders.at(name):
            if operation is None:
                assert re.search(r"Source: ``[A-Z]+ /\S+`` \(\w+\)", text)
            else:
                assert f"Source: ``{operation.method} {operation.path}`` ({operation.id})." in text
    offenders.check()


@EVERY_SURFACE
def test_methods_name_bounds(surface: Surface) -> None:
    """The bounds of the contract stand at the arguments that they hold for."""
    offenders = Offenders()
    for name in surface.operations:
        method = surface.async_methods[name]
        lines = documented(inspect.getdoc(method.function) or "", "Args")
        schemas = argument_schemas(surface, method)
        with offenders.at(name):
            for argument in lines.keys() & schemas.keys():
                assert unsaid(surface, schemas[argument], lines[argument]) == [], argument
    offenders.check()


def argument_schemas(surface: Surface, method: Method) -> dict[str, Schema]:
    """Return what the contract says of the arguments that stand in query, header and body."""
    facts, contract = surface.operation(method), surface.samples.contract
    names = surface.python_names(method)
    schemas = {names[p.name]: p.schema for p in facts.parameters if p.name in names}
    properties = contract.compose(contract.resolve(facts.body or {})).get("properties", {})
    fields = body_fields(method.operation)
    return schemas | {field: properties[wire] for field, wire in fields}


@EVERY_SURFACE
def test_namespaces_have_docstrings(surface: Surface) -> None:
    """Each namespace says what it is about."""
    summaries = {
        place: (inspect.getdoc(namespace) or "").split("\n")[0]
        for place, namespace in surface.namespaces
    }

    assert [place for place, text in summaries.items() if not text.endswith(".")] == []


@EVERY_SURFACE
def test_calls_in_preview_or_deprecated_say_so(surface: Surface) -> None:
    """A method whose operation may change, or should not be used any more, says so."""
    for method in surface.async_methods.values():
        if method.operation is None:
            continue
        facts = surface.operation(method)
        text = inspect.getdoc(method.function) or ""
        assert facts.beta == ("Beta: the API may still change this call." in text), method.name
        assert facts.deprecated == ("Deprecated by the API." in text.split("\n\nArgs:")[0])
