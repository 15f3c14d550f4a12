"""Random changes of a specification, each with what a comparison has to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

Document = dict[str, Any]
Expected = set[tuple[str, str, str]]
"""Action, kind and place of each change."""

METHODS = ("get", "post", "put", "patch", "delete")


def mutate(document: Document, random: Random) -> Expected:
    """Change a document in one random way, in place."""
    return random.choice(MUTATIONS)(document, random)


def _operations(document: Document) -> list[tuple[Document, str, Document]]:
    """Every operation that has a name, with the item of its path and its method."""
    return [
        (item, method, item[method])
        for item in document["paths"].values()
        for method in METHODS
        if "operationId" in item.get(method, {})
    ]


def _objects(document: Document) -> list[tuple[str, Document]]:
    """The named objects with fields of their own."""
    schemas = document["components"]["schemas"]
    return [(name, schema) for name, schema in schemas.items() if "properties" in schema]


def _fields(document: Document, key: str = "type") -> list[tuple[str, Document]]:
    """The fields of named objects that say something, with their places."""
    return [
        (f"{name}.{field}", child)
        for name, schema in _objects(document)
        for field, child in schema["properties"].items()
        if key in child and "allOf" not in child
    ]


def _parameters(document: Document) -> list[tuple[str, Document]]:
    return [
        (f"{operation['operationId']}.query.{parameter['name']}", parameter)
        for _, _, operation in _operations(document)
        for parameter in operation.get("parameters", ())
        if parameter.get("in") == "query"
    ]


def _words(document: Document) -> Iterator[tuple[str, list[Any]]]:
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            yield name, schema["enum"]
        for field, child in schema.get("properties", {}).items():
            if "enum" in child:
                yield f"{name}.{field}", child["enum"]


# --- mutations --------------------------------------------------------------------------------


def remove_operation(document: Document, random: Random) -> Expected:
    """Take an operation away."""
    item, method, operation = random.choice(_operations(document))
    del item[method]
    return {("removed", "operation", operation["operationId"])}


def add_operation(document: Document, random: Random) -> Expected:
    """Add an operation."""
    name = f"added{random.randrange(1000)}"
    parameters = [{"name": "a", "in": "query", "schema": {"type": "string"}}]
    document["paths"][f"/v2/{name}"] = {
        "get": {"operationId": name, "parameters": parameters, "responses": {"204": {}}}
    }
    return {("added", "operation", name)}


def change_method(document: Document, random: Random) -> Expected:
    """Let an operation have another HTTP method."""
    item, method, operation = random.choice(_operations(document))
    other = random.choice([each for each in ("head", "options", *METHODS) if each not in item])
    item[other] = item.pop(method)
    return {("changed", "method", operation["operationId"])}


def change_path(document: Document, _random: Random) -> Expected:
    """Let an operation have another path."""
    document["paths"]["/v2/writers"] = document["paths"].pop("/v2/authors")
    return {("changed", "path", "listAuthors")}


def deprecate_operation(document: Document, random: Random) -> Expected:
    """Advise against an operation."""
    _, _, operation = random.choice(_operations(document))
    operation["deprecated"] = True
    return {("changed", "deprecated", operation["operationId"])}


def add_parameter(document: Document, random: Random) -> Expected:
    """Add a query parameter."""
    _, _, operation = random.choice(_operations(document))
    parameter = {"name": "added", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}}
    operation.setdefault("parameters", []).insert(0, parameter)
    return {("added", "parameter", f"{operation['operationId']}.query.added")}


def remove_parameter(document: Document, random: Random) -> Expected:
    """Take a query parameter away."""
    place, parameter = random.choice(_parameters(document))
    for _, _, operation in _operations(document):
        if parameter in operation.get("parameters", ()) and place.startswith(
            f"{operation['operationId']}."
        ):
            operation["parameters"].remove(parameter)
    return {("removed", "parameter", place)}


def require_parameter(document: Document, random: Random) -> Expected:
    """Turn over whether a query parameter is required."""
    place, parameter = random.choice(_parameters(document))
    parameter["required"] = not parameter.get("required", False)
    return {("changed", "required", place)}


def default_of_parameter(document: Document, random: Random) -> Expected:
    """Give a query parameter another default."""
    place, parameter = random.choice(_parameters(document))
    parameter["schema"]["default"] = random.choice([0, False, "other", 17])
    return {("changed", "default", place)}


def add_field(document: Document, random: Random) -> Expected:
    """Add a field to an object."""
    name, schema = random.choice(_objects(document))
    schema["properties"]["added"] = {"type": "object", "properties": {"inner": {"type": "string"}}}
    return {("added", "field", f"{name}.added")}


def remove_field(document: Document, random: Random) -> Expected:
    """Take a field away from an object."""
    name, schema = random.choice([each for each in _objects(document) if each[1]["properties"]])
    field = random.choice(list(schema["properties"]))
    del schema["properties"][field]
    if field in schema.get("required", ()):
        schema["required"].remove(field)
    return {("removed", "field", f"{name}.{field}")}


def require_field(document: Document, random: Random) -> Expected:
    """Turn over whether a field is required."""
    name, schema = random.choice([each for each in _objects(document) if each[1]["properties"]])
    field = random.choice(list(schema["properties"]))
    required = schema.setdefault("required", [])
    required.remove(field) if field in required else required.append(field)
    return {("changed", "required", f"{name}.{field}")}


def retype_field(document: Document, random: Random) -> Expected:
    """Give a field another type."""
    place, child = random.choice([each for each in _fields(document) if "enum" not in each[1]])
    child["type"] = random.choice(
        [kind for kind in ("string", "integer", "boolean", "number") if kind != child["type"]]
    )
    return {("changed", "type", place)}


def nullable_field(document: Document, random: Random) -> Expected:
    """Turn over whether a field may be null."""
    place, child = random.choice(_fields(document))
    child["nullable"] = not child.get("nullable", False)
    return {("changed", "type", place)}


def bound_field(document: Document, random: Random) -> Expected:
    """Give a field another bound."""
    bound = random.choice(
        ("maximum", "multipleOf", "minLength", "maxLength", "maxItems", "pattern")
    )
    place, child = random.choice(_fields(document))
    child[bound] = "^changed$" if bound == "pattern" else random.randrange(100, 999)
    return {("changed", bound, place)}


def format_field(document: Document, random: Random) -> Expected:
    """Give a field another format."""
    place, child = random.choice(_fields(document))
    child["format"] = random.choice(("uuid", "date-time", "int64"))
    return {("changed", "format", place)}


def add_word(document: Document, random: Random) -> Expected:
    """Add a word to a set of words, anywhere in it."""
    place, words = random.choice(list(_words(document)))
    words.insert(random.randrange(len(words) + 1), "added")
    return {("added", "word", f"{place} = 'added'")}


def remove_word(document: Document, random: Random) -> Expected:
    """Take a word from a set of words."""
    place, words = random.choice(list(_words(document)))
    word = words.pop(random.randrange(len(words)))
    return {("removed", "word", f"{place} = {word!r}")}


def add_response(document: Document, random: Random) -> Expected:
    """Declare another status."""
    _, _, operation = random.choice(_operations(document))
    operation["responses"]["418"] = {"description": "Prose."}
    return {("added", "response", f"{operation['operationId']} 418")}


def remove_response(document: Document, random: Random) -> Expected:
    """Take back a status."""
    _, _, operation = random.choice(_operations(document))
    status = random.choice(list(operation["responses"]))
    del operation["responses"][status]
    return {("removed", "response", f"{operation['operationId']} {status}")}


def add_media_type(document: Document, random: Random) -> Expected:
    """Declare a body in another medium."""
    _, _, operation = random.choice(_operations(document))
    operation["responses"]["299"] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
    return {("added", "response", f"{operation['operationId']} 299")}


def add_schema(document: Document, random: Random) -> Expected:
    """Add a named schema."""
    name = f"Added{random.randrange(1000)}"
    document["components"]["schemas"][name] = {"type": "object", "properties": {"a": {}}}
    return {("added", "schema", name)}


def reword(document: Document, random: Random) -> Expected:
    """Change what only people read, or what vendors add."""
    _, _, operation = random.choice(_operations(document))
    _, schema = random.choice(_objects(document))
    for changed in (operation, schema, document["info"]):
        changed["description"] = "Other words."
    schema["x-vendor"] = operation["x-vendor"] = {"a": 1}
    schema["properties"] = dict(reversed(schema["properties"].items()))
    return set()


MUTATIONS: tuple[Callable[[Document, Random], Expected], ...] = (
    remove_operation,
    add_operation,
    change_method,
    change_path,
    deprecate_operation,
    add_parameter,
    remove_parameter,
    require_parameter,
    default_of_parameter,
    add_field,
    remove_field,
    require_field,
    retype_field,
    nullable_field,
    bound_field,
    format_field,
    add_word,
    remove_word,
    add_response,
    remove_response,
    add_media_type,
    add_schema,
    reword,
)
