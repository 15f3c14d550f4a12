"""The emulator of Omnistrate: every operation, its rules, time, faults and what it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from .requests import CONTRACT
from .walk import walk_everything

if TYPE_CHECKING:
    from .requests import Api


async def test_every_operation_answers_as_the_contract_says(api: Api) -> None:
    """Each of the 307 operations succeeds, and no response has what the contract lacks."""
    await walk_everything(api)

    succeeded = {answer.operation for answer in api.answers if answer.status < 300}
    assert CONTRACT.operations.keys() - succeeded == set()
    for answer in api.answers:
        check(
            answer.operation, answer.status, answer.json if answer.operation not in FILES else None
        )


FILES = {"getFile", "getResourceInstanceProvisionerSetupKit"}
"""Operations that answer with bytes."""


def check(operation: str, status: int, value: Any) -> None:
    """Compare a response with the contract: every field fits, and none is unknown."""
    facts = CONTRACT.operations[operation]
    if status >= 400:
        schema: Any = CONTRACT.schemas["Error"]
    elif operation in FILES:
        return
    else:
        schema = facts.success_content[1]
    if schema is None:
        assert value is None, (operation, value)
        return
    whole = closed({**schema, "schemas": CONTRACT.schemas})
    errors = Draft202012Validator(whole).iter_errors(value)
    found = [f"{error.json_path}: {error.message}" for error in errors]
    assert found == [], (operation, value)


def closed(schema: Any) -> Any:
    """A schema that takes no property beyond those that it names, and no word that is unknown.

    Where the contract knows a single word of many, it is no list of words.
    """
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        result["additionalProperties"] = False
    if len(schema.get("x-known-values", ())) > 1:
        result["enum"] = schema["x-known-values"]
    return result
