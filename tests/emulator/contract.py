"""Checks the emulator's answers against the contract, with a validator that it does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.router import Router
from tests.contract.relay import Conformity

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

    from .client import Answer

CONTRACT = load_contract("clickhouse")
CONFORMITY = Conformity(CONTRACT)
ROUTER = Router(CONTRACT.operations.values())
ERROR = CONTRACT.operations["instanceGet"].facts["responses"]["400"]["content"]["application/json"]


def operation_at(method: str, path: str) -> ContractOperation | None:
    """The operation of a request, or None where there is none."""
    try:
        match = ROUTER.match(method, path)
    except Problem:
        return None
    return None if match is None else match.operation


def check_answer(operation: ContractOperation | None, answer: Answer) -> None:
    """Check that an answer is one that the contract has.

    Args:
        operation: What was asked for, or None where that is no operation.
        answer: What came back.
    """
    assert answer.status < 500, answer.text
    if answer.status >= 400:
        # Some problems have a code or a list of issues, which the contract does not mention.
        check(ERROR, {name: answer.json.get(name) for name in ERROR["properties"]})
        assert answer.json["status"] == answer.status
        return
    assert operation is not None
    assert operation.success_status == answer.status, answer.text
    media, schema = operation.success_content
    assert media == answer.headers["Content-Type"]
    assert schema is not None
    if media != "application/json":
        assert answer.text
        return
    check(schema, answer.json)
    if isinstance(answer.json, dict):
        assert answer.headers["X-Request-Id"] == answer.json["requestId"]
        assert operation.success_status == answer.json["status"]
        assert ("result" in schema["properties"]) == ("result" in answer.json)


def check(schema: Schema, value: Any) -> None:
    """Check that a value fits a schema of the contract."""
    misfits = CONFORMITY.misfits(schema, value)
    assert misfits == [], misfits
