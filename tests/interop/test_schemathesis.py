"""Schemathesis, with the contract, finds no answer outside it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.naming import snake_case
from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulator import Emulator

from .conftest import FLEET
from .openapi import openapi
from .sdk import Caller, connect
from .sdk_lives import ETL, LIVES

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = load_contract("clickhouse")

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]


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

SETTINGS = f"""
[[operations]]
include-operation-id = {json.dumps(MANIFOLD)}
phases.coverage.enabled = false
"""


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
        ended = _schemathesis(emulator, document)
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


def _schemathesis(emulator: Emulator, document: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("schemathesis")
    assert program is not None, "schemathesis is not installed"
    settings = document.with_name("schemathesis.toml")
    settings.write_text(SETTINGS, encoding="utf-8")
    return subprocess.run(  # noqa: S603 - the program under test
        [
            *(program, "--config-file", str(settings), "run", str(document)),
            *("--url", emulator.url),
            *("--auth", f"{emulator.api_key}:{emulator.api_secret}"),
            *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
            *("--max-examples", "10", "--seed", "1", "--continue-on-failure"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=document.parent,
    )
