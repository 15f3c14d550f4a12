"""``chcloud contract diff``: a specification beside the packaged contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.core.contract import load_contract
from tests.interop.openapi import openapi

if TYPE_CHECKING:
    from pathlib import Path

    from .program import Program


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The packaged contract as a specification; some statuses that may occur are added to it."""
    return openapi(load_contract("clickhouse"), lambda _: {})


def _written(folder: Path, document: dict[str, Any], name: str = "spec.json") -> str:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_changed_word(chcloud: Program, document: dict[str, Any], tmp_path: Path) -> None:
    """A word that is new in the specification is a row, and the exit code says so."""
    before = chcloud("contract", "diff", _written(tmp_path, document), "-o", "json")
    changed = json.loads(json.dumps(document))
    changed["components"]["schemas"]["Service"]["properties"]["state"]["enum"].append("frozen")
    after = chcloud("contract", "diff", _written(tmp_path, changed), "-o", "json")
    table = chcloud("contract", "diff", _written(tmp_path, changed))
    markdown = chcloud("contract", "diff", _written(tmp_path, changed), "-o", "markdown")

    def rows(text: str) -> list[dict[str, Any]]:
        return [row for row in json.loads(text) if row["what"] == "word"]

    (row,) = (row for row in rows(after.out) if row not in rows(before.out))
    assert (row["change"], row["where"]) == ("added", "Service.state = 'frozen'")
    assert (after.code, table.code, markdown.code) == (3, 3, 3)
    assert any("Service.state = 'frozen'" in line for line in table.out.splitlines())
    assert "| added | word | Service.state = 'frozen' |  |  |" in markdown.out.splitlines()


def test_no_difference(chcloud: Program, tmp_path: Path) -> None:
    """A specification that says the same has no differences, in JSON and in YAML."""
    contract = load_contract("clickhouse").facts
    paths: dict[str, Any] = {}
    for name, facts in contract["operations"].items():
        written = {"operationId": name, "responses": facts["responses"]}
        written |= {key: facts[key] for key in ("parameters", "deprecated") if key in facts}
        if "body" in facts:
            written["requestBody"] = facts["body"]
        paths.setdefault(facts["path"], {})[facts["method"].lower()] = written
    text = json.dumps({"openapi": "3.1.0", "paths": paths, "components": {}})
    schemas = json.dumps(contract["schemas"]).replace("#/schemas/", "#/components/schemas/")
    document = json.loads(text.replace("#/schemas/", "#/components/schemas/"))
    document["components"]["schemas"] = json.loads(schemas)
    for path in document["paths"].values():
        for operation in path.values():
            for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
                content = holder.get("content", {})
                holder["content"] = {media: {"schema": each} for media, each in content.items()}
                headers = holder.get("headers", {})
                holder["headers"] = {name: {"schema": each} for name, each in headers.items()}

    for name in ("spec.json", "spec.yaml"):
        outcome = chcloud("contract", "diff", _written(tmp_path, document, name))
        assert (outcome.code, outcome.out) == (0, "")
        assert "no differences" in outcome.err


@pytest.mark.parametrize("content", ["{", '{"openapi": "2.0"}', None])
def test_specification_that_cannot_be_read(
    chcloud: Program, tmp_path: Path, content: str | None
) -> None:
    """A file that is no specification is one line on stderr, and a failure."""
    path = tmp_path / "spec.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    outcome = chcloud("contract", "diff", str(path))

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: ")
