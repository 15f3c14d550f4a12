"""The contract of an imported specification."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.codegen.importer import (
    SpecificationError,
    dump,
    import_document,
    normalise_schema,
    read_document,
)
from clickhouse_cloud_async.core.contract import contract_path
from tests.samples import CONTRACT

from .foreign import SPECIFICATION

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = read_document(SPECIFICATION)


def specification(**changes: Any) -> dict[str, Any]:
    """A small specification, changed at its top level."""
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}} | changes


def schema_of(schema: dict[str, Any]) -> Any:
    """Return what a schema becomes on its way through a whole import."""
    document = specification(components={"schemas": {"S": schema}})
    return import_document(document)["schemas"]["S"]


def as_openapi(contract: dict[str, Any]) -> dict[str, Any]:
    """A contract as the OpenAPI 3.1 document that it could have come from."""
    moved = json.loads(json.dumps(contract).replace("#/schemas/", "#/components/schemas/"))
    paths: dict[str, Any] = {}
    for name, facts in moved["operations"].items():
        body = facts.pop("body", None)
        if body is not None:
            facts["requestBody"] = body | {"content": _media(body)}
        for response in facts["responses"].values():
            if "content" in response:
                response["content"] = _media(response)
            if "headers" in response:
                response["headers"] = {k: {"schema": v} for k, v in response["headers"].items()}
        place = paths.setdefault(facts.pop("path"), {})
        place[facts.pop("method").lower()] = {"operationId": name, **facts}
    extensions = {key: value for key, value in moved.items() if key.startswith("x-")}
    return {
        "openapi": "3.1.0",
        "info": {"title": moved["title"], "version": moved["version"]},
        "servers": [{"url": url} for url in moved["servers"]],
        "security": moved["security"],
        "paths": paths,
        "components": {
            "schemas": moved["schemas"],
            "securitySchemes": moved["security_schemes"],
        },
        **extensions,
    }


def _media(node: dict[str, Any]) -> dict[str, Any]:
    return {media: {"schema": schema} for media, schema in node["content"].items()}


def test_contract_is_what_importing_yields() -> None:
    """The packaged contract, imported again, is itself to the byte."""
    present = contract_path("clickhouse").read_text(encoding="utf-8")

    assert dump(import_document(as_openapi(CONTRACT.facts), CONTRACT.facts)) == present


def test_order_does_not_depend_on_the_document() -> None:
    """Operations and schemas are sorted, so that a reordered document gives the same contract."""
    shuffled = copy.deepcopy(DOCUMENT)
    shuffled["paths"] = dict(reversed(shuffled["paths"].items()))
    schemas = shuffled["components"]["schemas"]
    shuffled["components"]["schemas"] = dict(reversed(schemas.items()))

    assert dump(import_document(shuffled)) == dump(import_document(DOCUMENT))


def test_order_of_fields_follows_the_present_contract() -> None:
    """What a newer document puts elsewhere stays where it was; what it adds comes last."""
    present = import_document(DOCUMENT)
    newer = copy.deepcopy(DOCUMENT)
    book = newer["components"]["schemas"]["Book"]
    book["properties"] = {"added": {"type": "string"}, **dict(reversed(book["properties"].items()))}
    newer["components"]["schemas"]["Genre"]["enum"] = ["crime", "poetry", "novel", "non-fiction"]
    parameters = newer["paths"]["/v2/books"]["get"]["parameters"]
    parameters[:] = [{"name": "sort", "in": "query", "schema": {}}, *reversed(parameters)]
    contract = import_document(newer, present)

    names = list(present["schemas"]["Book"]["properties"])
    assert list(contract["schemas"]["Book"]["properties"]) == [*names, "added"]
    assert contract["schemas"]["Genre"]["enum"] == ["novel", "poetry", "non-fiction", "crime"]
    listed = [p["name"] for p in contract["operations"]["listBooks"]["parameters"]]
    assert listed == ["page", "page_size", "lent", "pin", "sort"]


# --- prose -------------------------------------------------------------------------------------


def _all(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _all(value)
    elif isinstance(node, list):
        for value in node:
            yield from _all(value)


def test_prose_is_left_out() -> None:
    """No description, summary or example of the document gets into the contract."""
    document = copy.deepcopy(DOCUMENT)
    for _, node in list(_all(document["paths"])):
        if isinstance(node, dict) and "responses" in node:
            node |= {"summary": "PROSE", "description": "PROSE", "externalDocs": {"url": "PROSE"}}
    contract = dump(import_document(document))

    assert "prose" not in contract.lower()


def test_fields_that_are_called_like_prose_are_kept() -> None:
    """A property may be called description, title or example."""
    names = ("title", "description", "summary", "example", "examples", "xml", "nullable")
    properties = {name: {"type": "string", "title": "PROSE"} for name in names}

    kept = schema_of({"type": "object", "properties": properties, "title": "PROSE"})
    assert kept == {"type": "object", "properties": {name: {"type": "string"} for name in names}}


# --- OpenAPI 3.0 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"oneOf": [{"type": "string"}], "nullable": True},
            {"oneOf": [{"type": "string"}, {"type": "null"}]},
        ),
        ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ({"minimum": 0, "exclusiveMinimum": False}, {"minimum": 0}),
        ({"maximum": 9, "exclusiveMaximum": True}, {"exclusiveMaximum": 9}),
        ({"exclusiveMinimum": 0}, {"exclusiveMinimum": 0}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        (
            {"items": {"nullable": True, "type": "integer"}},
            {"items": {"type": ["integer", "null"]}},
        ),
        (
            {"additionalProperties": {"type": "string", "example": "x"}},
            {"additionalProperties": {"type": "string"}},
        ),
    ],
)
def test_schemas_are_brought_to_one_form(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What OpenAPI 3.0 says in its own way becomes what 3.1 says."""
    assert normalise_schema(old) == new
    assert normalise_schema(new) == new


@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: {"allOf": [r]}], ids=["ref", "allOf"])
def test_nullable_references(wrap: Any) -> None:
    """A reference that may be null stays one, in each of the ways to write it."""
    rating = wrap({"$ref": "#/components/schemas/Rating"})
    inner = wrap({"$ref": "#/schemas/Rating"})

    assert normalise_schema({**rating, "nullable": True}) == {"anyOf": [inner, {"type": "null"}]}


def test_references_to_parts_of_the_document_are_followed() -> None:
    """Shared parameters, bodies and responses stand where they are used."""
    operations = import_document(DOCUMENT)["operations"]
    get, change = operations["getBook"], operations["changeBook"]

    book_id = {"name": "bookId", "in": "path", "required": True, "schema": {"type": "string"}}
    assert get["parameters"] == [book_id]
    assert change["body"]["content"] == {"application/json": {"$ref": "#/schemas/BookChanges"}}
    assert "payload" in get["responses"]["200"]["content"]["application/json"]["properties"]


def test_operation_without_an_id_gets_one() -> None:
    """An operation that has no id is named after method and path."""
    assert "getV2Status" in import_document(DOCUMENT)["operations"]


def test_parameters_of_an_operation_override_those_of_its_path() -> None:
    """A parameter of the same name and place counts once, the operation's own."""
    shared = {"name": "q", "in": "query", "schema": {"type": "string"}}
    own = {"name": "q", "in": "query", "schema": {"type": "integer"}}
    paths = {"/x": {"parameters": [shared], "get": {"parameters": [own], "responses": {}}}}
    (operation,) = import_document(specification(paths=paths))["operations"].values()

    assert operation["parameters"] == [own]


# --- refusals ----------------------------------------------------------------------------------

TWICE = {
    "/a": {"get": {"operationId": "same", "responses": {}}},
    "/b": {"get": {"operationId": "same", "responses": {}}},
}
NOWHERE = {"$ref": "#/components/schemas/Missing"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"swagger": "2.0"}, "OpenAPI 3.0 or 3.1 expected, found openapi: nothing"),
        ({"openapi": "4.0.0"}, "found openapi: 4.0.0"),
        ({"openapi": "3.10.0"}, "found openapi: 3.10.0"),
        (specification(paths=TWICE), "operation same is defined twice"),
        (specification(components={"schemas": {"S": NOWHERE}}), "Missing points nowhere"),
        (
            specification(paths={"/a": {"get": {"parameters": [{"$ref": "#/components/x"}]}}}),
            "#/components/x points nowhere",
        ),
        (
            specification(components={"schemas": {"S": {"$ref": "other.yaml#/Book"}}}),
            "other.yaml#/Book points nowhere",
        ),
    ],
)
def test_documents_that_are_refused(document: dict[str, Any], message: str) -> None:
    """What cannot become a contract is refused with the place and the reason."""
    with pytest.raises(SpecificationError, match=message):
        import_document(document)
