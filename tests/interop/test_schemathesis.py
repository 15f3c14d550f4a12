"""Schemathesis, with the contract, finds no answer outside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.naming import snake_case
from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulator import Emulator

from .conftest import FLEET
from .fuzzing import run_schemathesis
from .openapi import openapi
from .sdk import Caller, connect
from .sdk_lives import ETL, LIVES

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = load_contract("clickhouse")

MANIFOLD = [
    *("clickPipeCreate", "clickPipeUpdate", "clickPipeSchemaDiscovery"),
    *("clickStackCreateAlert", "clickStackUpdateAlert"),
    *("clickStackCreateDashboard", "clickStackUpdateDashboard", "clickStackValidateDashboard"),
    *("clickStackCreateSource", "clickStackUpdateSource"),
    *("instanceCreate", "udfCreate", "udfVersionCreate"),
    *("postgresInstanceConfigPatch", "postgresInstanceConfigPost"),
    *("postgresInstanceCreateReadReplica", "postgresInstanceRestore", "postgresServiceCreate"),
]
"""Operations with so many fields that trying each would take the whole time: chance does here."""

ENDING = {"instanceStateUpdate", "instanceDelete"}
"""Operations after which a service is of no use to others."""


def test_answers_keep_to_the_contract(tmp_path: Path) -> None:
    """Sensible and senseless requests to every operation are answered as the contract has it."""
    fleet = [{**service, "idleScaling": False} for service in FLEET]
    with Emulator(fleet, time_scale=60) as emulator:
        document = tmp_path / "openapi.json"
        known, spare = _populate(emulator)

        def places(operation: str) -> dict[str, str]:
            return known | {"serviceId": spare} if operation in ENDING else known

        document.write_text(json.dumps(openapi(CONTRACT, places)), encoding="utf-8")
        before = len(emulator.requests)
        credentials = f"{emulator.api_key}:{emulator.api_secret}"
        ended = run_schemathesis(emulator.url, document, "--auth", credentials, manifold=MANIFOLD)
        requests = emulator.requests[before:]

    assert ended.returncode == 0, ended.stdout
    assert {request.operation_id for request in requests} >= CONTRACT.operations.keys()
    succeeded = {request.operation_id for request in requests if request.status < 300}
    assert len(succeeded) >= 100, CONTRACT.operations.keys() - succeeded


def _populate(emulator: Emulator) -> tuple[dict[str, str], str]:
    """Create things of every kind.

    Returns:
        Path parameters that lead to them, and the id of a service that nothing depends on.
    """
    with connect(emulator) as client:
        caller = Caller(client, emulator)
        for step in (step for steps in LIVES.values() for step in steps):
            if not step.gone and "delete" not in step.method:
                caller.take(step)
        services = caller.take(ETL).result
    parameters = {p.name for o in CONTRACT.operations.values() for p in o.parameters_in("path")}
    known = {
        name: str(caller.known[snake_case(name)])
        for name in parameters
        if snake_case(name) in caller.known
    }
    return known, str(services[1].id)
