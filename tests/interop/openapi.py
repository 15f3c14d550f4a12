"""The contract as a document of OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

UNDECLARED = ("400", "401", "403", "404", "409", "424", "429")
"""Statuses that occur beside those that the contract declares."""


def openapi(
    contract: Contract, known: Callable[[str], Mapping[str, str]], *, scheme: str = "basic"
) -> dict[str, Any]:
    """Write a contract as OpenAPI 3.1.

    Args:
        contract: The contract.
        known: Path parameters that lead an operation, by its id, to things that are there.
        scheme: The scheme of its authentication.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in contract.operations.values():
        written = _operation(operation, known(operation.id))
        paths.setdefault(operation.path, {})[operation.method.lower()] = written
    document = {
        "openapi": "3.1.0",
        "info": {"title": contract.title, "version": contract.facts["version"]},
        "paths": paths,
        "components": {
            "schemas": contract.schemas,
            "securitySchemes": {"usual": {"type": "http", "scheme": scheme}},
        },
        "security": [{"usual": []}],
    }
    moved: dict[str, Any] = _moved(document)
    return moved


def _operation(operation: ContractOperation, known: Mapping[str, str]) -> dict[str, Any]:
    responses = {
        status: {"description": "", **_with_schemas(answer)}
        for status, answer in operation.facts["responses"].items()
        if status != "500"
    }
    refusal = responses.get("400") or responses.get("default", {"description": ""})
    written: dict[str, Any] = {
        "operationId": operation.id,
        "parameters": [
            {**parameter, "schema": _values(parameter, known)}
            for parameter in operation.facts.get("parameters", ())
        ],
        "responses": dict.fromkeys(UNDECLARED, refusal) | responses,
    }
    if "body" in operation.facts:
        written["requestBody"] = _with_schemas(operation.facts["body"])
    return written


def _with_schemas(facts: dict[str, Any]) -> dict[str, Any]:
    """A body or an answer, with the schema of each media type where OpenAPI has it."""
    content = facts.get("content", {})
    return {**facts, "content": {media: {"schema": schema} for media, schema in content.items()}}


def _values(parameter: dict[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a parameter: what is known, or the words that OpenAPI has no format for."""
    schema: dict[str, Any] = parameter["schema"]
    if parameter["in"] == "path" and parameter["name"] in known:
        return {"enum": [known[parameter["name"]]]}
    return {"enum": ["true", "false"]} if schema.get("format") == "boolean" else schema


def _moved(value: Any) -> Any:
    """A value whose references lead to where OpenAPI keeps schemas."""
    if isinstance(value, list):
        return [_moved(child) for child in value]
    if not isinstance(value, dict):
        return value
    return {
        key: child.replace("#/schemas/", "#/components/schemas/")
        if key == "$ref" and isinstance(child, str)
        else _moved(child)
        for key, child in value.items()
    }
