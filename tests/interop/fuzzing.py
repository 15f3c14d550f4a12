"""Schemathesis, as the tests run it against an emulator."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]


def run_schemathesis(
    url: str,
    document: Path,
    *options: str,
    manifold: Collection[str] = (),
    examples: int = 10,
) -> subprocess.CompletedProcess[str]:
    """Send sensible and senseless requests to every operation of a document.

    Args:
        url: Where the emulator listens.
        document: The OpenAPI document.
        *options: Further options, such as credentials.
        manifold: Ids of operations with so many fields that trying each would take the whole time:
            chance does for them.
        examples: How many requests chance makes for each operation at most.
    """
    program = shutil.which("schemathesis")
    assert program is not None, "schemathesis is not installed"
    settings = document.with_name("schemathesis.toml")
    lines = ("[[operations]]", f"include-operation-id = {json.dumps(list(manifold))}")
    off = "phases.coverage.enabled = false"
    settings.write_text("\n".join((*lines, off)) if manifold else "", encoding="utf-8")
    return subprocess.run(  # noqa: S603 - the program under test
        [
            *(program, "--config-file", str(settings), "run", str(document)),
            *("--url", url, *options),
            *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
            *("--max-examples", str(examples), "--seed", "1", "--continue-on-failure"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=document.parent,
    )
